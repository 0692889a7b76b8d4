import { PaperclipIcon } from 'lucide-react';
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { Button } from '~/components/ui/button.tsx';
import { cn } from '~/lib/cn.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { AttachmentList } from './attachment-list.tsx';
import { attachmentHint, type DraftAttachment } from './attachments.ts';
import { FileSuggestions, optionId } from './file-suggestions.tsx';
import { completeMention, type Mention, mentionAt } from './mention.ts';
import type { AttachmentHandle } from './use-attachments.ts';
import { useFileSuggestions } from './use-file-suggestions.ts';

/** What a page may do with the editor. */
export interface PromptEditorHandle {
  focus: () => void;
  /** Puts a text where the caret is. */
  insert: (text: string) => void;
}

export interface PromptEditorProps {
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  attachments: readonly DraftAttachment[];
  files: AttachmentHandle;
  /** Whose files an `@` offers; null offers none. */
  projectId: string | null;
  branch: string | null;
  onSubmit: () => void;
  /** What is wrong with the text, and with the files. */
  error?: string | undefined;
  attachmentError?: string | undefined;
  /** Where the offered files appear: below a composer, above a chat box. */
  side: 'top' | 'bottom';
  /** More buttons beside "attach", and what stands at the end of that line. */
  tools?: ReactNode;
  end?: ReactNode;
  className?: string;
  textareaClassName?: string;
  handle?: Ref<PromptEditorHandle>;
}

/** A text with files: dropped, pasted or chosen; `@` completes paths of the project; Ctrl or Cmd with Enter sends. */
export function PromptEditor(props: PromptEditorProps) {
  const { value, onChange, attachments, files, error, attachmentError } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const caretTo = useRef<number | null>(null);
  const mention = useMention(props.projectId, props.branch);
  const [isOver, setOver] = useState(false);
  const problems = [...files.refusals, ...(attachmentError ? [attachmentError] : [])];

  useLayoutEffect(() => {
    if (caretTo.current === null) return;
    area.current?.setSelectionRange(caretTo.current, caretTo.current);
    caretTo.current = null;
  }, [value]);

  function replace(text: string, caret: number): void {
    caretTo.current = caret;
    onChange(text);
    area.current?.focus();
  }

  useImperativeHandle(props.handle, () => ({
    focus: () => area.current?.focus(),
    insert(text) {
      const { selectionStart, selectionEnd } = area.current ?? { selectionStart: value.length, selectionEnd: value.length };
      replace(value.slice(0, selectionStart) + text + value.slice(selectionEnd), selectionStart + text.length);
    },
  }));

  function pick(path: string): void {
    if (!mention.at) return;
    const completed = completeMention(value, mention.at, path);
    mention.close();
    replace(completed.text, completed.caret);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      props.onSubmit();
      return;
    }
    const path = mention.onKey(event.key);
    if (path === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (path !== null) pick(path);
  }

  function onPaste(event: ClipboardEvent): void {
    const pasted = [...event.clipboardData.files];
    // Office programs put a picture beside the text that they copy; then the text is meant.
    if (pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    files.add(pasted);
  }

  function onDrop(event: DragEvent): void {
    setOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    files.add([...event.dataTransfer.files]);
  }

  return (
    <div className={props.className}>
      <div
        className={cn(
          'relative rounded-lg border border-input bg-background shadow-xs focus-within:border-ring focus-within:ring-2 focus-within:ring-ring/30',
          error && 'border-destructive',
        )}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <textarea
          ref={area}
          id={id}
          name={props.name}
          value={value}
          aria-label={props.label}
          placeholder={props.placeholder}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          aria-autocomplete="list"
          aria-controls={mention.isOpen ? `${id}-files` : undefined}
          aria-activedescendant={mention.isOpen && mention.suggestions.paths.length > 0 ? optionId(`${id}-files`, mention.active) : undefined}
          className={cn(
            'block field-sizing-content w-full resize-y rounded-lg bg-transparent px-3 py-2.5 leading-relaxed outline-none placeholder:text-muted-foreground',
            props.textareaClassName,
          )}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            mention.follow(event.currentTarget);
          }}
          onSelect={(event) => mention.follow(event.currentTarget)}
          onBlur={mention.close}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        {mention.isOpen && (
          <FileSuggestions id={`${id}-files`} suggestions={mention.suggestions} active={mention.active} side={props.side} onPick={pick} />
        )}
        <AttachmentList attachments={attachments} onRemove={files.remove} onRetry={files.retry} />
        <div className="flex flex-wrap items-center gap-1 px-1.5 pb-1.5">
          <AttachButton onFiles={files.add} />
          {props.tools}
          <div className="ml-auto flex items-center gap-2">{props.end}</div>
        </div>
        {isOver && (
          <div className="pointer-events-none absolute inset-0 flex items-center justify-center rounded-lg border-2 border-dashed border-ring bg-background/90 text-sm font-medium">
            Drop files to attach them
          </div>
        )}
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-xs text-destructive">
          {error}
        </p>
      )}
      {problems.length > 0 && (
        <ul role="alert" className="mt-1 space-y-0.5 text-xs text-destructive">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const hydrated = useHydrated();
  return (
    <>
      <Button variant="ghost" size="sm" disabled={!hydrated} onClick={() => input.current?.click()} title={attachmentHint}>
        <PaperclipIcon aria-hidden />
        Attach
        <span className="sr-only">files. {attachmentHint}, by drop and paste too.</span>
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}

/** The mention at the caret, and the files that fit it. */
function useMention(projectId: string | null, branch: string | null) {
  const [at, setAt] = useState<Mention | null>(null);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const isWanted = at !== null && at.start !== closedAt && projectId !== null;
  const suggestions = useFileSuggestions(projectId, branch, isWanted ? at.query : null);
  const count = suggestions.paths.length;
  const current = Math.min(active, Math.max(0, count - 1));

  return {
    at,
    active: current,
    suggestions,
    isOpen: isWanted && suggestions.state !== 'idle',
    close: () => setAt(null),
    follow(area: HTMLTextAreaElement) {
      const next = area.selectionStart === area.selectionEnd ? mentionAt(area.value, area.selectionStart) : null;
      if (next?.query !== at?.query) setActive(0);
      if (next === null) setClosedAt(null);
      setAt(next);
    },
    /** A path to take, null for a key that was used up, undefined for one that is none of ours. */
    onKey(key: string): string | null | undefined {
      if (!isWanted) return undefined;
      if (key === 'Escape') {
        setClosedAt(at.start);
        return null;
      }
      if (count === 0) return undefined;
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        setActive((current + (key === 'ArrowDown' ? 1 : count - 1)) % count);
        return null;
      }
      return key === 'Enter' || key === 'Tab' ? suggestions.paths[current] : undefined;
    },
  };
}
