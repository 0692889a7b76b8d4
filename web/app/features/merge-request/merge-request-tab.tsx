import { Link } from '@remix-run/react';
import { ExternalLinkIcon, GitMergeIcon, GitPullRequestIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { CopyButton } from '~/components/code-block.tsx';
import { EmptyState } from '~/components/empty-state.tsx';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { acts, useAct } from '~/features/requests/act.ts';
import { changesPath } from '~/features/requests/links.ts';
import type { RequestDetail } from '~/features/requests/stages.ts';
import type { Schemas } from '~/lib/api.ts';
import { shortCommit } from '~/lib/format.ts';
import { describeMerge, branchName } from './merge-words.ts';

type MergeRequestRef = NonNullable<RequestDetail['mergeRequest']>;
export type MergeRequestDetail = Schemas['MergeRequestDetail'];

const badgeOfState = { open: 'info', merged: 'success', closed: 'secondary' } as const;

/** The merge request of a request: where it is, what it says, what was noted on it, and its merge. */
export function MergeRequestTab({ request, detail }: { request: RequestDetail; detail: MergeRequestDetail | null }) {
  const ref = request.mergeRequest;
  if (!ref) return <NoMergeRequest request={request} />;
  return (
    <div className="max-w-3xl space-y-5 p-4">
      <header>
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="text-base font-semibold wrap-anywhere">
            {detail?.title ?? request.title} <span className="font-normal text-muted-foreground">!{ref.number}</span>
          </h2>
          <Badge variant={badgeOfState[ref.state]}>{ref.state}</Badge>
        </div>
        <Facts mergeRequest={ref} />
      </header>
      <Merge request={request} mergeRequest={ref} />
      {detail?.description && (
        <section aria-label="Description" className="rounded-lg border bg-card p-3">
          <Markdown text={detail.description} />
        </section>
      )}
      {detail && <Notes requestId={request.requestId} notes={detail.notes} />}
    </div>
  );
}

function Facts({ mergeRequest }: { mergeRequest: MergeRequestRef }) {
  const branch = branchName(mergeRequest.branch);
  return (
    <dl className="mt-2 grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1">
      <Fact name="Branch">
        <code className="font-mono text-xs wrap-anywhere">{branch}</code>
        <CopyButton text={branch} label="Copy the branch’s name" />
      </Fact>
      <Fact name="Into">
        <code className="font-mono text-xs wrap-anywhere">{branchName(mergeRequest.targetBranch)}</code>
      </Fact>
      <Fact name="Commit">
        <code className="font-mono text-xs">{shortCommit(mergeRequest.commit)}</code>
        <CopyButton text={mergeRequest.commit} label="Copy the commit’s id" />
      </Fact>
      {mergeRequest.mergeCommit && (
        <Fact name="Merged as">
          <code className="font-mono text-xs">{shortCommit(mergeRequest.mergeCommit)}</code>
          <CopyButton text={mergeRequest.mergeCommit} label="Copy the merge commit’s id" />
        </Fact>
      )}
      <Fact name="Forge">{mergeRequest.forge === 'local' ? 'local: the repository itself' : mergeRequest.forge}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">{children}</dd>
    </>
  );
}

function Merge({ request, mergeRequest }: { request: RequestDetail; mergeRequest: MergeRequestRef }) {
  const { isBusy, act } = useAct();
  const [isAsking, setAsking] = useState(false);
  const { canMerge, sentence } = describeMerge(request);
  const isElsewhere = mergeRequest.forge !== 'local';

  async function merge(): Promise<void> {
    await act('Merging', (api) => acts.merge(api, request.requestId, mergeRequest.commit));
    setAsking(false);
  }

  return (
    <section aria-label="Merge" className="rounded-lg border bg-card p-3">
      <p>{sentence}</p>
      <div className="mt-2.5 flex flex-wrap items-center gap-2 empty:hidden">
        {canMerge && !isAsking && (
          <Button onClick={() => setAsking(true)}>
            <GitMergeIcon aria-hidden />
            Merge…
          </Button>
        )}
        {canMerge && isAsking && (
          <>
            <Button autoFocus disabled={isBusy} onClick={() => void merge()}>
              <GitMergeIcon aria-hidden />
              Merge {shortCommit(mergeRequest.commit)} into {branchName(mergeRequest.targetBranch)}
            </Button>
            <Button variant="ghost" onClick={() => setAsking(false)}>
              Not now
            </Button>
          </>
        )}
        {isElsewhere && (
          <Button variant="outline" asChild>
            <a href={mergeRequest.url} target="_blank" rel="noreferrer">
              Open on {mergeRequest.forge}
              <ExternalLinkIcon aria-hidden />
            </a>
          </Button>
        )}
      </div>
    </section>
  );
}

function Notes({ requestId, notes }: { requestId: string; notes: MergeRequestDetail['notes'] }) {
  if (notes.length === 0) return null;
  return (
    <section aria-label="Notes">
      <h3 className="mb-2 font-semibold">Notes</h3>
      <ul className="space-y-2">
        {notes.map((note) => (
          <li key={note.noteId} className="rounded-lg border bg-card p-3">
            <p className="mb-1.5 flex flex-wrap items-center gap-x-2 text-xs">
              <span className="font-medium">{note.author}</span>
              <TimeAgo atMs={note.createdAtMs} className="text-muted-foreground" />
              {note.path !== null && (
                <Link
                  to={changesPath(requestId, note.path, note.line ?? 0)}
                  className="font-mono wrap-anywhere text-muted-foreground underline decoration-dotted underline-offset-2 hover:text-foreground"
                >
                  {note.path}
                  {note.line !== null && `:${note.line}`}
                </Link>
              )}
            </p>
            <Markdown text={note.body} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function NoMergeRequest({ request }: { request: RequestDetail }) {
  const words = {
    'no-changes': 'The agent changed nothing, so there is nothing to merge.',
    patch: 'This project is a plain folder without git: its approved change is a patch. Download it from the menu at the top.',
  } as const;
  const ended = request.outcome === 'no-changes' || request.outcome === 'patch' ? words[request.outcome] : null;
  return (
    <EmptyState icon={GitPullRequestIcon} title="No merge request" className="m-4">
      {ended ?? 'Once the change is approved, exactly the approved commit is pushed to a branch of its own and a merge request is opened.'}
    </EmptyState>
  );
}
