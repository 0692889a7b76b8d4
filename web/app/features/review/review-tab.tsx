import { Link } from '@remix-run/react';
import { ScanSearchIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { changesPath, lineRange } from '~/features/requests/links.ts';
import type { RequestDetail } from '~/features/requests/stages.ts';
import { plural, shortCommit } from '~/lib/format.ts';
import { describeVerdict, type Finding, groupFindings, type Review, severities } from './findings.ts';

/** The automated review: its verdict, and its findings with the way to their lines. */
export function ReviewTab({ request }: { request: RequestDetail }) {
  const { review } = request;
  if (!review) return <NoReview request={request} />;
  if (review.status === 'working') return <AtWork review={review} />;
  const isOld = request.checkpoint !== null && request.checkpoint.commit !== review.commit;
  return (
    <div className="max-w-3xl space-y-4 p-4">
      <header>
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="text-base font-semibold">{review.status === 'failed' ? 'The review failed' : describeVerdict(review.verdict)}</h2>
          {review.findings.length > 0 && <Badge variant="secondary">{plural(review.findings.length, 'finding')}</Badge>}
        </div>
        <p className="text-xs text-muted-foreground">
          Commit <code className="font-mono">{shortCommit(review.commit)}</code>, <TimeAgo atMs={review.createdAtMs} />
          {isOld && '. There is a newer commit, which this review has not seen.'}
        </p>
      </header>
      {review.status === 'failed' && (
        <p className="text-muted-foreground">
          The reviewer’s answer could not be used. It stops nothing: you decide on the change as it is.
        </p>
      )}
      {review.summary && <Markdown text={review.summary} />}
      {groupFindings(review.findings).map(({ severity, findings }) => (
        <section key={severity} aria-label={`${severities[severity].label}: ${plural(findings.length, 'finding')}`}>
          <h3 className="mb-2 flex items-center gap-2">
            <Badge variant={severities[severity].tone}>{severities[severity].label}</Badge>
            <span className="text-xs text-muted-foreground">{plural(findings.length, 'finding')}</span>
          </h3>
          <ul className="space-y-2">
            {findings.map((finding) => (
              <FindingItem key={finding.fingerprint} requestId={request.requestId} finding={finding} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function FindingItem({ requestId, finding }: { requestId: string; finding: Finding }) {
  const { path, startLine, endLine, title, body } = finding;
  return (
    <li className="rounded-lg border bg-card p-3">
      <p className="font-medium wrap-anywhere">{title}</p>
      <Link
        to={changesPath(requestId, path, startLine)}
        className="font-mono text-xs wrap-anywhere text-muted-foreground underline decoration-dotted underline-offset-2 hover:text-foreground"
      >
        {path}
        {startLine > 0 && `:${lineRange(startLine, endLine)}`}
      </Link>
      <Markdown text={body} className="mt-2" />
    </li>
  );
}

function AtWork({ review }: { review: Review }) {
  return (
    <div className="flex items-center gap-2.5 p-4 text-muted-foreground" role="status">
      <Spinner />
      The reviewer reads commit <code className="font-mono">{shortCommit(review.commit)}</code>. Nothing waits for it.
    </div>
  );
}

function NoReview({ request }: { request: RequestDetail }) {
  return (
    <EmptyState icon={ScanSearchIcon} title="No review yet" className="m-4">
      {request.checkpoint === null
        ? 'Once there is a change, a second agent reads it in a workspace of its own and names what it finds, by severity.'
        : 'Reviews are switched off for this request. The project’s settings switch them on for all.'}
    </EmptyState>
  );
}
