import { shortCommit } from '~/lib/format.ts';
import { useId, useRef } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Sheet, SheetContent, SheetDescription, SheetFooter, SheetHeader, SheetTitle } from '~/components/ui/sheet.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import type { Standing } from '../decision/standing.ts';
import { visibleText } from '../highlight/visible.ts';
import { changeDraft, removeDrafts, spotWords, type Draft } from '../remarks/drafts.ts';
import { messageOf, sendLabel, type Target } from '../remarks/message.ts';
import { RefusalPanel } from './refusal-panel.tsx';
import { useStored } from './stored.ts';
import { useDecision } from './use-decision.ts';

export interface RemarksPanelProps {
  isOpen: boolean;
  onOpenChange: (open: boolean) => void;
  requestId: string;
  /** With words, in the order of the files. */
  drafts: readonly Draft[];
  shownCommit: string;
  standing: Standing;
  change: (change: (drafts: Draft[]) => Draft[]) => void;
  /** Shows the lines of one. */
  onGo: (draft: Draft) => void;
}

/** Remarks that one message may carry. */
const remarkCap = 100;

/** All remarks that are not sent yet, with some words around them; sent as one message. */
export function RemarksPanel(props: RemarksPanelProps) {
  const { isOpen, onOpenChange, requestId, drafts, shownCommit, standing, change } = props;
  const [words, setWords] = useStored(`astraforge:remark-words:${requestId}`, readWords);
  const { decide, isSending, problem } = useDecision(requestId);
  const id = useId();
  const isGoing = useRef(false);
  const target: Target = standing.mayAmend && standing.subject !== null ? { kind: 'amend', commit: standing.subject } : { kind: 'chat' };
  const isEmpty = drafts.length === 0 && words.trim() === '';

  async function send(): Promise<void> {
    const taken = drafts.slice(0, remarkCap);
    const body = messageOf(taken, words, target, shownCommit);
    const ids = taken.map((draft) => draft.id);
    const isTaken = await decide(JSON.stringify(body), 'Sent to the agent.', (api, params) => {
      return api.POST('/api/requests/{requestId}/messages', { params, body });
    });
    if (!isTaken) return;
    change((before) => removeDrafts(before, ids));
    setWords(() => '');
    onOpenChange(false);
  }

  return (
    <Sheet open={isOpen} onOpenChange={onOpenChange}>
      <SheetContent
        onCloseAutoFocus={(event) => {
          // The line that was gone to has the focus; it would be taken back to what opened the panel.
          if (isGoing.current) event.preventDefault();
          isGoing.current = false;
        }}
      >
        <SheetHeader>
          <SheetTitle>Your remarks</SheetTitle>
          <SheetDescription>
            {drafts.length === 0
              ? 'Press a line number in the changes to make one, or drag over several. With the keyboard: Tab to a line, arrows, Shift for a range, then C.'
              : 'They go to the agent together, as one message.'}
          </SheetDescription>
        </SheetHeader>
        <DraftList
          {...props}
          onGo={(draft) => {
            isGoing.current = true;
            props.onGo(draft);
          }}
        />
        <SheetFooter>
          <label htmlFor={id} className="text-xs font-medium text-muted-foreground">
            Words to all of it {drafts.length > 0 && '(not needed)'}
          </label>
          <Textarea
            id={id}
            value={words}
            maxLength={10_000}
            onChange={(event) => {
              const { value } = event.target;
              setWords(() => value);
            }}
          />
          {problem && <RefusalPanel problem={problem} />}
          <p className="text-xs text-muted-foreground">
            {target.kind === 'amend' ? standing.consequences.amend : 'It goes to the agent as a message, without a vote.'}
          </p>
          {drafts.length > remarkCap && (
            <p className="text-xs text-warning">One message carries {remarkCap} remarks; the others stay here for the next.</p>
          )}
          <Button disabled={isEmpty || isSending} onClick={() => void send()}>
            {isSending ? 'Sending…' : sendLabel(Math.min(drafts.length, remarkCap), target)}
          </Button>
        </SheetFooter>
      </SheetContent>
    </Sheet>
  );
}

function DraftList({ drafts, shownCommit, onGo, change }: RemarksPanelProps) {
  if (drafts.length === 0) return null;
  return (
    <ol className="space-y-2">
      {drafts.map((draft) => (
        <li key={draft.id} className="rounded-md border p-2.5 text-sm">
          <button
            type="button"
            className="block min-h-6 w-full text-left text-xs text-primary underline-offset-2 hover:underline"
            onClick={() => onGo(draft)}
          >
            <span className="font-mono wrap-anywhere">{visibleText(draft.path)}</span>, {spotWords(draft)}
          </button>
          {draft.excerpt.trim() !== '' && (
            <code className="my-1 block truncate rounded-sm bg-code px-1.5 font-mono text-xs leading-6">
              {visibleText(draft.excerpt.trim())}
            </code>
          )}
          <p className="line-clamp-4 wrap-anywhere whitespace-pre-wrap">{draft.body}</p>
          {draft.commit !== shownCommit && (
            <p className="mt-1 text-xs text-warning">
              Written on commit {shortCommit(draft.commit)}; its lines may have moved since. The message says so.
            </p>
          )}
          <div className="mt-1 flex gap-1">
            <Button
              size="sm"
              variant="outline"
              onClick={() => {
                onGo(draft);
                change((before) => changeDraft(before, draft.id, { isOpen: true }));
              }}
            >
              Edit
            </Button>
            <Button size="sm" variant="ghost" onClick={() => change((before) => removeDrafts(before, [draft.id]))}>
              Remove
            </Button>
          </div>
        </li>
      ))}
    </ol>
  );
}

function readWords(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
