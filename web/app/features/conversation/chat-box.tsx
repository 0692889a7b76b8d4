import { Link } from '@remix-run/react';
import { SendHorizontalIcon } from 'lucide-react';
import { type Ref, useCallback, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Kbd, KbdGroup } from '~/components/ui/kbd.tsx';
import { usesOf, changeAttachments, type AttachmentChange } from '~/features/composer/attachments.ts';
import { sendKey } from '~/features/composer/draft.ts';
import { PromptEditor, type PromptEditorHandle } from '~/features/composer/prompt-editor.tsx';
import { useAttachments } from '~/features/composer/use-attachments.ts';
import { useDraft } from '~/features/composer/use-draft.ts';
import { actParams, useProblemToast, useReread } from '~/features/requests/act.ts';
import type { RequestDetail } from '~/features/requests/stages.ts';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { usePerson } from '~/lib/person.ts';
import { whatHappens } from './what-happens.ts';

/** Where a person writes to the agent. It says what sending will do, and keeps what was typed until it is sent. */
export function ChatBox({ request, handle }: { request: RequestDetail; handle: Ref<PromptEditorHandle> }) {
  const happens = whatHappens(request);
  if (happens.kind === 'closed') return <Closed request={request} sentence={happens.sentence} />;
  return <OpenChatBox request={request} handle={handle} happens={happens} />;
}

function Closed({ request, sentence }: { request: RequestDetail; sentence: string }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-t px-4 py-3 text-sm">
      <p className="text-muted-foreground">{sentence}</p>
      <Button asChild variant="outline">
        <Link to={`/requests/new?project=${encodeURIComponent(request.project.projectId)}`}>New request</Link>
      </Button>
    </div>
  );
}

interface OpenChatBoxProps {
  request: RequestDetail;
  handle: Ref<PromptEditorHandle>;
  happens: ReturnType<typeof whatHappens>;
}

function OpenChatBox({ request, handle, happens }: OpenChatBoxProps) {
  const person = usePerson();
  const { draft, update, clear, isLoaded, isRestored } = useDraft(person.id, request.requestId);
  const change = useCallback(
    (made: AttachmentChange) => update((before) => ({ ...before, attachments: changeAttachments(before.attachments, made) })),
    [update],
  );
  const files = useAttachments(draft.attachments, change);
  const { send, isSending, error } = useSending(request.requestId, clear);
  const isUploading = draft.attachments.some(({ state }) => state === 'uploading');
  const canSend = isLoaded && !isSending && !isUploading && draft.text.trim() !== '';

  function submit(): void {
    if (canSend) void send(draft.draftId, draft.text, usesOf(draft.attachments));
  }

  return (
    <form
      className="border-t bg-background p-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PromptEditor
        handle={handle}
        name="text"
        label="Message to the agent"
        placeholder="Write to the agent. @ names a file."
        value={draft.text}
        onChange={(text) => update((before) => ({ ...before, text }))}
        isLoaded={isLoaded}
        attachments={draft.attachments}
        files={files}
        projectId={request.project.projectId}
        branch={null}
        onSubmit={submit}
        error={error ?? undefined}
        side="top"
        textareaClassName="max-h-60 min-h-14"
        end={
          <>
            <KbdGroup className="max-sm:hidden">
              <Kbd>Ctrl</Kbd>
              <Kbd>↵</Kbd>
            </KbdGroup>
            <Button type="submit" size="sm" disabled={!canSend}>
              <SendHorizontalIcon aria-hidden />
              {happens.action}
            </Button>
          </>
        }
      />
      <p className="mt-1.5 px-1 text-xs text-muted-foreground">
        {happens.sentence}
        {isUploading && ' It can be sent as soon as the files are uploaded.'}
        {isRestored && ' Your draft was kept.'}
      </p>
    </form>
  );
}

/** Sends a message. What the API refuses stays in the box, with the reason below it. */
function useSending(requestId: string, onSent: () => void) {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const reread = useReread();
  const showProblem = useProblemToast();

  async function send(draftId: string, text: string, attachments: ReturnType<typeof usesOf>): Promise<void> {
    const body = { kind: 'chat' as const, text, attachments };
    setSending(true);
    setError(null);
    const params = actParams(requestId, sendKey(draftId, body));
    const result = await attempt(() => browserApi().POST('/api/requests/{requestId}/messages', { params, body }));
    setSending(false);
    if (result.ok) onSent();
    else if (result.problem.status === 401) showProblem(result.problem);
    else setError(result.problem.detail);
    reread(result);
  }

  return { send, isSending, error };
}
