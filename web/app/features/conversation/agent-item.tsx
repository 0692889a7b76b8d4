import { Link } from '@remix-run/react';
import {
  BotIcon,
  CheckIcon,
  FileDiffIcon,
  FlagIcon,
  GitPullRequestIcon,
  type LucideIcon,
  ScanSearchIcon,
  TerminalIcon,
  ThumbsDownIcon,
  ThumbsUpIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { branchName } from '~/features/merge-request/merge-words.ts';
import { parsePlan } from '~/features/plan/plan-document.ts';
import { logPath, requestPath } from '~/features/requests/links.ts';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import { cn } from '~/lib/cn.ts';
import { plural, shortCommit } from '~/lib/format.ts';
import { describeFailure } from './failures.ts';
import type { TranscriptItem } from './transcript.ts';

type ItemOf<K extends TranscriptItem['kind']> = Extract<TranscriptItem, { kind: K }>;

/** What the agent says, as it says it. A plan is shown where plans are. */
export function AgentItem({ item, purpose }: { item: ItemOf<'agent'>; purpose: string | undefined }) {
  const isPlan = purpose === 'plan' && item.text.trimStart().startsWith('{');
  return (
    <article aria-label="Agent" aria-busy={item.isWriting} className="flex gap-2.5 px-1">
      <span className="mt-0.5 inline-flex size-5 shrink-0 items-center justify-center rounded-full bg-primary/10 text-primary">
        <BotIcon className="size-3.5" aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        {isPlan ? <PlanNote text={item.text} isWriting={item.isWriting} /> : <Markdown text={item.text} />}
        {item.isWriting && <span className="mt-1 inline-block h-3.5 w-1.5 animate-pulse bg-primary/60 align-text-bottom" aria-hidden />}
        {item.isShortened && (
          <p className="mt-1 text-xs text-muted-foreground">
            This is its beginning; <LogLink seq={item.seq}>the log has the whole</LogLink>.
          </p>
        )}
      </div>
    </article>
  );
}

function PlanNote({ text, isWriting }: { text: string; isWriting: boolean }) {
  if (isWriting) return <p className="text-muted-foreground">Writing the plan…</p>;
  const plan = parsePlan(text);
  return (
    <p>
      {plan?.summary ?? 'The plan is ready.'}{' '}
      <TabLink tab="plan">{plan ? `Read the plan of ${plural(plan.steps.length, 'step')}` : 'Read the plan'}</TabLink>
    </p>
  );
}

/** What the agent did between its words, in one line. */
export function WorkItem({ item, isLast }: { item: ItemOf<'work'>; isLast: boolean }) {
  const parts = [
    ...(item.commands > 0 ? [`${isLast ? 'running' : 'ran'} ${plural(item.commands, 'command')}`] : []),
    ...(item.files.length > 0 ? [`changed ${item.files.length === 1 ? item.files[0] : plural(item.files.length, 'file')}`] : []),
  ];
  return (
    <Note icon={item.commands > 0 ? TerminalIcon : FileDiffIcon}>
      <LogLink seq={item.seq}>{capitalise(parts.join(', ')) || 'Worked'}</LogLink>
    </Note>
  );
}

const purposes: Readonly<Record<ItemOf<'run'>['purpose'], string>> = {
  plan: 'plans',
  implement: 'starts to work',
  'follow-up': 'follows up',
  repair: 'repairs what the checks found',
};

/** A run begins. */
export function RunItem({ item }: { item: ItemOf<'run'> }) {
  return (
    <div className="flex items-center gap-2 pt-1 text-xs text-muted-foreground" role="group" aria-label={`Run ${item.ordinal}`}>
      <span className="font-medium">
        Run {item.ordinal}: the agent {purposes[item.purpose]}
      </span>
      <span className="h-px flex-1 bg-border" aria-hidden />
      <TimeAgo atMs={item.atMs} />
    </div>
  );
}

/** A run has ended; only an end that is not a good one needs words. */
export function EndedItem({ item }: { item: ItemOf<'ended'> }) {
  if (item.status === 'succeeded') return null;
  const { title } = describeFailure(item.reason);
  return (
    <Note icon={FlagIcon} tone={item.status === 'cancelled' ? 'muted' : 'destructive'}>
      {title}
      {item.message && <span className="text-muted-foreground">: {item.message}</span>}
    </Note>
  );
}

/** Somebody voted. */
export function DecisionItem({ item }: { item: ItemOf<'decision'> }) {
  const { decision, subject } = item;
  const who = decision.by?.name ?? (decision.rule ? `The rule “${decision.rule}”` : 'A rule');
  const what = decision.vote === 'approve' ? 'approved' : decision.vote === 'reject' ? 'rejected' : 'asked for changes on';
  const isPlan = subject?.endsWith('-plan') ?? false;
  return (
    <Note icon={decision.vote === 'approve' ? ThumbsUpIcon : ThumbsDownIcon} tone={decision.vote === 'approve' ? 'success' : 'warning'}>
      <b className="font-medium">{who}</b> {what}{' '}
      {isPlan || subject === null ? 'the plan' : <code className="font-mono">{shortCommit(subject)}</code>}
      {decision.comment && <span className="text-muted-foreground">: {decision.comment}</span>}
    </Note>
  );
}

const verdicts: Readonly<Record<string, string>> = {
  approve: 'finds nothing against the change',
  comment: 'has remarks',
  'request-changes': 'asks for changes',
};

/** The review at work, or what it came to. */
export function ReviewItem({ item }: { item: ItemOf<'review'> }) {
  return (
    <Note icon={ScanSearchIcon} tone={item.verdict === 'request-changes' ? 'warning' : 'muted'}>
      {item.verdict === null ? (
        'The reviewer reads the change'
      ) : (
        <>
          The review {verdicts[item.verdict] ?? `says ${item.verdict}`}: <TabLink tab="review">{plural(item.findings, 'finding')}</TabLink>
        </>
      )}
    </Note>
  );
}

/** The merge request was opened, brought up to date, or merged. */
export function MergeRequestItem({ item }: { item: ItemOf<'merge-request'> }) {
  const { ref, what } = item;
  return (
    <Note icon={what === 'merged' ? CheckIcon : GitPullRequestIcon} tone={what === 'merged' ? 'success' : 'muted'}>
      <TabLink tab="merge-request">Merge request !{ref.number}</TabLink>{' '}
      {what === 'opened' ? 'opened' : what === 'merged' ? `merged into ${branchName(ref.targetBranch)}` : 'brought up to date'} at{' '}
      <code className="font-mono">{shortCommit(what === 'merged' ? (ref.mergeCommit ?? ref.commit) : ref.commit)}</code>
    </Note>
  );
}

type Tone = 'muted' | 'success' | 'warning' | 'destructive';

function Note({ icon: Icon, tone = 'muted', children }: { icon: LucideIcon; tone?: Tone; children: ReactNode }) {
  return (
    <div className="flex gap-2.5 px-1 text-xs leading-5">
      <Icon
        className={cn(
          'mx-0.5 mt-0.5 size-4 shrink-0',
          { muted: 'text-muted-foreground', success: 'text-success', warning: 'text-warning', destructive: 'text-destructive' }[tone],
        )}
        aria-hidden
      />
      <p className="min-w-0 wrap-anywhere">{children}</p>
    </div>
  );
}

function LogLink({ seq, children }: { seq: number; children: ReactNode }) {
  const { requestId } = useRequestDetail();
  return (
    <Link
      to={logPath(requestId, seq)}
      className="text-muted-foreground underline decoration-dotted underline-offset-2 hover:text-foreground"
    >
      {children}
    </Link>
  );
}

function TabLink({ tab, children }: { tab: string; children: ReactNode }) {
  const { requestId } = useRequestDetail();
  return (
    <Link to={requestPath(requestId, tab)} className="text-primary underline underline-offset-2">
      {children}
    </Link>
  );
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
