import { ArrowDownIcon } from 'lucide-react';
import { memo, useMemo, useRef } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import type { PromptEditorHandle } from '~/features/composer/prompt-editor.tsx';
import { useIsCut, useTranscript } from '~/features/requests/request-live.tsx';
import { isClosed, type RequestDetail } from '~/features/requests/stages.ts';
import { assertNever } from '~/lib/assert-never.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { AgentItem, DecisionItem, EndedItem, MergeRequestItem, ReviewItem, RunItem, WorkItem } from './agent-item.tsx';
import { ChatBox } from './chat-box.tsx';
import { entriesOf, type Entry } from './entries.ts';
import { MessageItem } from './message-item.tsx';
import { QuestionItem } from './question-item.tsx';
import { useFollow } from './use-follow.ts';
import { WaitingPanel } from './waiting-panel.tsx';

/** The conversation of a request: what people and the agent said and did, what it waits for, and where to write. */
export function Conversation({ request }: { request: RequestDetail }) {
  const transcript = useTranscript();
  const isCut = useIsCut();
  const entries = useMemo(() => entriesOf(request.messages, transcript), [request.messages, transcript]);
  const box = useRef<PromptEditorHandle>(null);
  const { area, content, end, isAtEnd, toEnd } = useFollow();
  const isAsked = entries.some((entry) => entry.kind === 'question' && entry.questionId === request.awaiting?.questionId);
  useShortcut('m', 'Write to the agent', () => box.current?.focus());
  const isWorking = request.status?.activeRunId != null && request.awaiting === null;

  return (
    <>
      <div className="relative min-h-0 flex-1">
        <div ref={area} className="h-full lg:overflow-y-auto" tabIndex={0} role="log" aria-label="Messages" aria-live="off">
          <div ref={content} className="relative flex flex-col gap-3 p-4">
            {isCut && <p className="text-xs text-muted-foreground">This conversation is long: a part of its middle is in the log only.</p>}
            {entries.map((entry, index) => (
              <EntryView
                key={entry.key}
                entry={entry}
                request={request}
                purposes={transcript.purposes}
                isNewest={index === entries.length - 1}
                isWorking={isWorking}
              />
            ))}
            {isWorking && (
              <p className="flex items-center gap-2 px-1 text-xs text-muted-foreground">
                <Spinner className="size-3.5" />
                The agent is at work
              </p>
            )}
            {!isAsked && <WaitingPanel request={request} onWrite={() => box.current?.focus()} />}
            <div ref={end} className="pointer-events-none absolute bottom-0 left-0 h-16 w-px" aria-hidden />
          </div>
        </div>
        {!isAtEnd && (
          <Button
            variant="outline"
            size="sm"
            onClick={toEnd}
            className="right-4 bottom-3 rounded-full shadow-md max-lg:fixed max-lg:bottom-20 max-lg:z-10 lg:absolute"
          >
            <ArrowDownIcon aria-hidden />
            Newest
          </Button>
        )}
      </div>
      <ChatBox request={request} handle={box} />
    </>
  );
}

interface EntryViewProps {
  entry: Entry;
  request: RequestDetail;
  purposes: Readonly<Record<string, string>>;
  isNewest: boolean;
  isWorking: boolean;
}

/** Entries that have not changed are not rendered anew while the agent speaks. */
const EntryView = memo(function EntryView({ entry, request, purposes, isNewest, isWorking }: EntryViewProps) {
  switch (entry.kind) {
    case 'said': {
      const run = request.runs.find(({ runId }) => runId === entry.message.runId) ?? null;
      return <MessageItem requestId={request.requestId} message={entry.message} run={run} isOpen={!isClosed(request.stage)} />;
    }
    case 'agent':
      return <AgentItem item={entry} purpose={entry.runId === null ? undefined : purposes[entry.runId]} />;
    case 'work':
      return <WorkItem item={entry} isLast={isNewest && isWorking} />;
    case 'run':
      return <RunItem item={entry} />;
    case 'ended':
      // The newest failure is told below, with what can be done about it.
      return isNewest && request.stage === 'BLOCKED' ? null : <EndedItem item={entry} />;
    case 'question':
      return <QuestionItem requestId={request.requestId} item={entry} isAsked={request.awaiting?.questionId === entry.questionId} />;
    case 'decision':
      return <DecisionItem item={entry} />;
    case 'review':
      return <ReviewItem item={entry} />;
    case 'merge-request':
      return <MergeRequestItem item={entry} />;
    default:
      return assertNever(entry);
  }
});
