import { Link } from '@remix-run/react';
import { CircleCheckIcon, CircleXIcon, ClockAlertIcon, FlaskConicalIcon, TriangleAlertIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { useTranscript } from '~/features/requests/request-live.tsx';
import { checkKey } from '~/features/conversation/transcript.ts';
import { logPath } from '~/features/requests/links.ts';
import { isClosed, type RequestDetail } from '~/features/requests/stages.ts';
import { cn } from '~/lib/cn.ts';
import { formatDuration, shortCommit } from '~/lib/format.ts';
import { checkGroups, type CheckResult, describeCheck, summariseChecks } from './check-groups.ts';

/** The project's own checks of each run, with the way to their output. */
export function ChecksTab({ request }: { request: RequestDetail }) {
  const groups = checkGroups(request);
  const { checkEvents } = useTranscript();
  if (groups.length === 0) return <NoChecks request={request} />;
  return (
    <div className="space-y-4 p-4">
      {groups.map((group) => (
        <section key={group.key} aria-label={`Checks of run ${group.ordinal}`} className="max-w-3xl rounded-lg border bg-card">
          <header className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
            <h2 className="font-medium">{summariseChecks(group.checks)}</h2>
            <span className="text-xs text-muted-foreground">
              run {group.ordinal}
              {group.commit !== null && (
                <>
                  , commit <code className="font-mono">{shortCommit(group.commit)}</code>
                </>
              )}
            </span>
            {group.isCurrent && <Badge variant="outline">current</Badge>}
          </header>
          <ul className="divide-y">
            {group.checks.map((check) => (
              <Check
                key={check.name}
                check={check}
                outputPath={outputPath(request.requestId, checkEvents[checkKey(group.runId, check.name)])}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function outputPath(requestId: string, seq: number | undefined): string | null {
  return seq === undefined ? null : logPath(requestId, seq);
}

const signs = {
  passed: { icon: CircleCheckIcon, colour: 'text-success' },
  failed: { icon: CircleXIcon, colour: 'text-destructive' },
  'timed-out': { icon: ClockAlertIcon, colour: 'text-destructive' },
  error: { icon: TriangleAlertIcon, colour: 'text-destructive' },
} as const;

function Check({ check, outputPath: to }: { check: CheckResult; outputPath: string | null }) {
  const { icon: Icon, colour } = signs[check.status];
  return (
    <li className="flex items-start gap-2.5 px-3 py-2">
      <Icon className={cn('mt-0.5 size-4 shrink-0', colour)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{check.name}</span>
          <span className={check.status === 'passed' ? 'text-muted-foreground' : 'text-destructive'}>{describeCheck(check)}</span>
        </p>
        <code className="font-mono text-xs wrap-anywhere text-muted-foreground">{check.command}</code>
      </div>
      <span className="text-xs text-muted-foreground tabular-nums">{formatDuration(check.durationMs)}</span>
      {to !== null && (
        <Link to={to} preventScrollReset className="text-xs text-primary underline underline-offset-2">
          Output<span className="sr-only"> of {check.name} in the log</span>
        </Link>
      )}
    </li>
  );
}

function NoChecks({ request }: { request: RequestDetail }) {
  const hasCheckpoint = request.checkpoint !== null;
  return (
    <EmptyState icon={FlaskConicalIcon} title={hasCheckpoint ? 'This project has no checks' : 'No checks yet'} className="m-4">
      {hasCheckpoint || isClosed(request.stage) ? (
        <>
          Name the project’s test commands in its{' '}
          <Link to={`/projects/${encodeURIComponent(request.project.projectId)}`} className="text-primary underline underline-offset-2">
            settings
          </Link>{' '}
          or in <code className="font-mono">.astraforge.yml</code>: each change is then checked in a clean workspace before anybody is asked
          to approve it.
        </>
      ) : (
        'When the agent’s run has ended, the project’s own test commands run on its commit in a clean workspace.'
      )}
    </EmptyState>
  );
}
