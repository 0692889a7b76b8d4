import { useEffect, useId, useRef, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import { visibleText } from '../highlight/visible.ts';
import { spotWords, type Draft } from '../remarks/drafts.ts';

/** A pause in typing after which the words are kept, in ms. */
const keepAfterMs = 300;

export interface RemarkEditorProps {
  draft: Draft;
  onWords: (body: string) => void;
  /** Shuts the editor; the words stay. */
  onDone: () => void;
  onDiscard: () => void;
}

/** Writes a remark. The words are kept while they are typed, so that a page that goes away loses nothing. */
export function RemarkEditor({ draft, onWords, onDone, onDiscard }: RemarkEditorProps) {
  const [body, setBody] = useState(draft.body);
  const id = useId();
  const kept = useRef({ latest: draft.body, stored: draft.body, onWords });
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    kept.current.onWords = onWords;
  });
  useEffect(() => {
    const timer = setTimeout(keep, keepAfterMs);
    return () => clearTimeout(timer);
  }, [body]);
  useEffect(() => {
    field.current?.focus();
    window.addEventListener('pagehide', keep);
    return () => {
      window.removeEventListener('pagehide', keep);
      keep();
    };
  }, []);

  function keep(): void {
    const { latest, stored } = kept.current;
    if (latest === stored) return;
    kept.current.stored = latest;
    kept.current.onWords(latest);
  }

  return (
    <div className="max-w-2xl space-y-2">
      <label htmlFor={id} className="block text-xs font-medium text-muted-foreground">
        Remark on {visibleText(draft.path)}, {spotWords(draft)}
      </label>
      <Textarea
        id={id}
        ref={field}
        value={body}
        maxLength={10_000}
        placeholder="What should be different here?"
        onChange={(event) => {
          kept.current.latest = event.target.value;
          setBody(event.target.value);
        }}
        onBlur={keep}
        onKeyDown={(event) => {
          const isDone = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
          if (!isDone && event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          keep();
          onDone();
        }}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          size="sm"
          disabled={body.trim() === ''}
          onClick={() => {
            keep();
            onDone();
          }}
        >
          Add remark
        </Button>
        <Button
          size="sm"
          variant="ghost"
          onClick={() => {
            kept.current.latest = kept.current.stored;
            onDiscard();
          }}
        >
          Discard
        </Button>
        <span className="text-xs text-muted-foreground">Remarks are sent together, from “Remarks” above.</span>
      </div>
    </div>
  );
}
