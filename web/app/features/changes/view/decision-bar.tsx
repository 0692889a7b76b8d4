import { CheckIcon, GitMergeIcon, MessageSquareTextIcon, XIcon } from 'lucide-react';
import { LiveRegion } from '~/components/live-region.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { voteWord, type Standing, type Vote } from '../decision/standing.ts';

export type Intent = 'approve' | 'reject' | 'amend' | 'merge';

export interface DecisionBarProps {
  standing: Standing;
  draftCount: number;
  onIntent: (intent: Intent) => void;
  /** Shows the commit that is decided on; null where it is shown already. */
  onShowSubject: (() => void) | null;
}

const voteVariants: Readonly<Record<Vote['vote'], BadgeVariant>> = {
  approve: 'success',
  reject: 'destructive',
  'changes-requested': 'warning',
};

/** Where the decision stands, in words, and what can be done about it. */
export function DecisionBar({ standing, draftCount, onIntent, onShowSubject }: DecisionBarProps) {
  const { headline, details, votes } = standing;
  return (
    <section aria-label="Decision" className="border-y bg-card px-3 py-2.5 lg:border-b-0">
      <LiveRegion message={headline} />
      <div className="flex flex-col gap-x-4 gap-y-2 @4xl:flex-row @4xl:items-start">
        <div className="min-w-0 flex-1">
          <p className="font-medium wrap-anywhere">{headline}</p>
          {details.length > 0 && <p className="text-xs wrap-anywhere text-muted-foreground">{details.join(' ')}</p>}
          {votes.length > 0 && <Votes votes={votes} />}
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {onShowSubject && standing.kind === 'other-commit' && (
            <Button variant="outline" onClick={onShowSubject}>
              Show that commit
            </Button>
          )}
          {standing.mayDecide && (
            <Button variant="ghost" className="text-destructive hover:text-destructive" onClick={() => onIntent('reject')}>
              <XIcon aria-hidden />
              Reject…
            </Button>
          )}
          {standing.mayAmend && (
            <Button variant="outline" onClick={() => onIntent('amend')}>
              <MessageSquareTextIcon aria-hidden />
              Ask for changes{draftCount > 0 && ` (${draftCount})`}…
            </Button>
          )}
          {standing.mayDecide && (
            <Button onClick={() => onIntent('approve')}>
              <CheckIcon aria-hidden />
              Approve…
            </Button>
          )}
          {standing.mayMerge && (
            <Button onClick={() => onIntent('merge')}>
              <GitMergeIcon aria-hidden />
              Merge…
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

function Votes({ votes }: { votes: readonly Vote[] }) {
  return (
    <ul aria-label="Votes" className="mt-1.5 max-h-24 space-y-1 overflow-y-auto text-xs text-muted-foreground">
      {votes.map(({ key, who, vote, comment, atMs, isCounted }) => (
        <li key={key} className="flex flex-wrap items-center gap-x-2">
          <Badge variant={isCounted ? voteVariants[vote] : 'outline'}>{voteWord(vote)}</Badge>
          <span className="text-foreground">{who}</span>
          <TimeAgo atMs={atMs} />
          {!isCounted && <span>counts no more</span>}
          {comment !== '' && <span className="wrap-anywhere">“{comment}”</span>}
        </li>
      ))}
    </ul>
  );
}
