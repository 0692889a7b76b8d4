import { shortCommit } from '~/lib/format.ts';
import { Link } from '@remix-run/react';
import { CheckIcon, ClockIcon, LoaderIcon, MessageSquareIcon, PencilIcon, Undo2Icon, type LucideIcon } from 'lucide-react';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { visibleText } from '../highlight/visible.ts';
import { spotWords, type Draft } from '../remarks/drafts.ts';
import { stateWords, type RemarkState, type SentRemark } from '../remarks/sent.ts';

/** A remark that is written and not sent. */
export function DraftCard({ draft, onEdit, onRemove }: { draft: Draft; onEdit: () => void; onRemove: () => void }) {
  return (
    <article aria-label={`Your remark on ${spotWords(draft)}`} className="max-w-2xl rounded-md border border-primary/40 bg-card p-3">
      <header className="mb-1 flex flex-wrap items-center gap-2 text-xs text-muted-foreground">
        <Badge variant="outline">
          <PencilIcon aria-hidden />
          Not sent yet
        </Badge>
        {spotWords(draft)}
      </header>
      <Markdown text={visibleLines(draft.body)} />
      <footer className="mt-2 flex gap-1">
        <Button size="sm" variant="outline" onClick={onEdit}>
          Edit
        </Button>
        <Button size="sm" variant="ghost" onClick={onRemove}>
          Remove
        </Button>
      </footer>
    </article>
  );
}

const looks: Readonly<Record<RemarkState['kind'], { icon: LucideIcon; variant: BadgeVariant }>> = {
  waiting: { icon: ClockIcon, variant: 'secondary' },
  working: { icon: LoaderIcon, variant: 'info' },
  answered: { icon: CheckIcon, variant: 'success' },
  unanswered: { icon: MessageSquareIcon, variant: 'warning' },
  withdrawn: { icon: Undo2Icon, variant: 'outline' },
};

/** A remark that was sent, what became of it, and the commit that answered it. */
export function SentCard({
  remark,
  hrefOfRun,
  isEarlier,
}: {
  remark: SentRemark;
  hrefOfRun: (runId: string) => string;
  isEarlier: boolean;
}) {
  const { icon: Icon, variant } = looks[remark.state.kind];
  const runId = remark.state.kind === 'answered' ? remark.state.runId : null;
  return (
    <article aria-label={`Remark of ${remark.author} on ${spotWords(remark)}`} className="max-w-2xl rounded-md border bg-card p-3">
      <header className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted-foreground">
        <span className="font-medium text-foreground">{remark.author}</span>
        <TimeAgo atMs={remark.atMs} />
        <span>
          {spotWords(remark)}
          {isEarlier && remark.commit !== null && ` of commit ${shortCommit(remark.commit)}`}
        </span>
      </header>
      <Markdown text={visibleLines(remark.body)} />
      <footer className="mt-2 flex flex-wrap items-center gap-2 text-xs">
        <Badge variant={variant} className="h-auto whitespace-normal">
          <Icon aria-hidden />
          {stateWords(remark.state)}
        </Badge>
        {runId !== null && (
          <Link to={hrefOfRun(runId)} className="text-primary underline underline-offset-2">
            Show what it changed
          </Link>
        )}
      </footer>
    </article>
  );
}

function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}
