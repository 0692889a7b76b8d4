import { Link } from '@remix-run/react';
import { ListChecksIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { isClosed, type RequestDetail } from '~/features/requests/stages.ts';
import { usePerson } from '~/lib/person.ts';
import { PlanDecision } from './plan-decision.tsx';
import { parsePlan, type PlanDocument } from './plan-document.ts';
import { planStanding } from './plan-standing.ts';

/** The plan of a request, and the decision on it. */
export function PlanTab({ request }: { request: RequestDetail }) {
  const person = usePerson();
  const text = request.status?.plan?.artifactText ?? null;
  if (text === null || text === '') return <NoPlan request={request} />;
  const standing = planStanding(request, person);
  const plan = parsePlan(text);
  return (
    <div className="space-y-5 p-4">
      {standing && <PlanDecision requestId={request.requestId} standing={standing} votes={<Votes request={request} />} />}
      <article aria-label="Plan" className="max-w-3xl">
        {plan ? <Plan plan={plan} /> : <Markdown text={text} />}
      </article>
    </div>
  );
}

function Plan({ plan }: { plan: PlanDocument }) {
  return (
    <>
      <Markdown text={plan.summary} />
      <h2 className="mt-5 mb-2 font-semibold">Steps</h2>
      <ol className="space-y-3">
        {plan.steps.map((step, index) => (
          <li key={index} className="flex gap-3">
            <span className="mt-px inline-flex size-5 shrink-0 items-center justify-center rounded-full bg-muted text-xs font-medium text-muted-foreground tabular-nums">
              {index + 1}
            </span>
            <div className="min-w-0 flex-1">
              <p className="font-medium wrap-anywhere">{step.title}</p>
              <Markdown text={step.detail} className="text-muted-foreground" />
              {step.files.length > 0 && (
                <ul aria-label="Files of this step" className="mt-1 flex flex-wrap gap-1">
                  {step.files.map((file) => (
                    <li key={file}>
                      <code className="rounded bg-muted px-1.5 py-0.5 font-mono text-xs wrap-anywhere">{file}</code>
                    </li>
                  ))}
                </ul>
              )}
            </div>
          </li>
        ))}
      </ol>
      {plan.risks.length > 0 && (
        <>
          <h2 className="mt-5 mb-2 font-semibold">Risks</h2>
          <ul className="list-disc space-y-1 pl-5">
            {plan.risks.map((risk, index) => (
              <li key={index} className="wrap-anywhere">
                {risk}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const voteWords = { approve: 'approved', reject: 'rejected', 'changes-requested': 'asked for changes' } as const;

/** Every vote on this plan and the plans before it. */
function Votes({ request }: { request: RequestDetail }) {
  const votes = request.gates.filter(({ subject }) => subject.kind === 'plan').flatMap(({ decisions }) => decisions);
  if (votes.length === 0) return null;
  return (
    <ul aria-label="Votes on the plan" className="space-y-1 text-xs">
      {votes.map((vote) => (
        <li key={vote.decisionId} className="flex flex-wrap items-center gap-x-2">
          <Badge variant={vote.superseded ? 'outline' : vote.vote === 'approve' ? 'success' : 'warning'}>{voteWords[vote.vote]}</Badge>
          <span className="font-medium">{vote.by?.name ?? vote.rule}</span>
          <TimeAgo atMs={vote.atMs} className="text-muted-foreground" />
          {vote.superseded && <span className="text-muted-foreground">counts no more</span>}
          {vote.comment && <span className="wrap-anywhere text-muted-foreground">{vote.comment}</span>}
        </li>
      ))}
    </ul>
  );
}

function NoPlan({ request }: { request: RequestDetail }) {
  const isPlanning = request.stage === 'PLANNING' || request.runs.some(({ purpose, status }) => purpose === 'plan' && status === 'working');
  return (
    <EmptyState icon={ListChecksIcon} title={isPlanning ? 'The agent writes the plan' : 'No plan'} className="m-4">
      {isPlanning ? (
        'It reads the repository and changes nothing. The plan appears here for approval.'
      ) : (
        <>
          This request {isClosed(request.stage) ? 'went' : 'goes'} straight to work. With “plan first” the agent writes a plan before it
          changes anything, and waits for its approval: switch it on in a{' '}
          <Link
            to={`/requests/new?project=${encodeURIComponent(request.project.projectId)}`}
            className="text-primary underline underline-offset-2"
          >
            new request
          </Link>
          , or for every request in the project’s settings.
        </>
      )}
    </EmptyState>
  );
}
