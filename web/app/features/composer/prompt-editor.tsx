import { PaperclipIcon } from 'lucide-react';
import {
  type ChangeEvent,
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useEffect,
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
import { withTypedEarly } from './draft.ts';
import { FileSuggestions, optionId } from './file-suggestions.tsx';
import { completeMention } from './mention.ts';
import type { AttachmentHandle } from './use-attachments.ts';
import { useMention } from './use-mention.ts';

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
  /** True once `value` is what the draft keeps. */
  isLoaded: boolean;
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
  const { value, attachments, files, error, attachmentError } = props;
  const id = useId();
  const { area, mention, pick, onChange, onKeyDown } = usePromptArea(props);
  const isOffering = mention.isOpen && mention.suggestions.paths.length > 0;
  return (
    <div className={props.className}>
      <DropZone hasError={error !== undefined} onFiles={files.add}>
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
          aria-activedescendant={isOffering ? optionId(`${id}-files`, mention.active) : undefined}
          className={cn(
            'block field-sizing-content w-full resize-y rounded-lg bg-transparent px-3 py-2.5 leading-relaxed outline-none placeholder:text-muted-foreground',
            props.textareaClassName,
          )}
          onChange={onChange}
          onSelect={(event) => mention.follow(event.currentTarget)}
          onBlur={mention.close}
          onKeyDown={onKeyDown}
          onPaste={(event) => takePastedFiles(event, files.add)}
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
      </DropZone>
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-xs text-destructive">
          {error}
        </p>
      )}
      <Problems problems={[...files.refusals, ...(attachmentError ? [attachmentError] : [])]} />
    </div>
  );
}

/** The text area's own state: the caret, and the mention that it stands in. */
function usePromptArea({ value, onChange: tell, isLoaded, onSubmit, projectId, branch, handle }: PromptEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const caretTo = useRef<number | null>(null);
  const mention = useMention(projectId, branch);
  useTypedEarly(area, isLoaded, (typed) => tell(withTypedEarly(value, typed)));

  useLayoutEffect(() => {
    if (caretTo.current === null) return;
    area.current?.setSelectionRange(caretTo.current, caretTo.current);
    caretTo.current = null;
  }, [value]);

  function replace(text: string, caret: number): void {
    caretTo.current = caret;
    tell(text);
    area.current?.focus();
  }

  useImperativeHandle(handle, () => ({
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

  function onChange(event: ChangeEvent<HTMLTextAreaElement>): void {
    tell(event.currentTarget.value);
    mention.follow(event.currentTarget);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSubmit();
      return;
    }
    const path = mention.onKey(event.key);
    if (path === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (path !== null) pick(path);
  }

  return { area, mention, pick, onChange, onKeyDown };
}

/** Hands on, once the draft was read, what somebody typed before the scripts took the page over. */
function useTypedEarly(area: RefObject<HTMLTextAreaElement>, isLoaded: boolean, onTyped: (typed: string) => void): void {
  const early = useRef('');
  useLayoutEffect(() => {
    early.current = area.current?.value ?? '';
  }, [area]);

  useEffect(() => {
    if (!isLoaded || early.current === '') return;
    onTyped(early.current);
    early.current = '';
  });
}

function takePastedFiles(event: ClipboardEvent, onFiles: (files: readonly File[]) => void): void {
  const pasted = [...event.clipboardData.files];
  // Office programs put a picture beside the text that they copy; then the text is meant.
  if (pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return;
  event.preventDefault();
  onFiles(pasted);
}

interface DropZoneProps {
  hasError: boolean;
  onFiles: (files: readonly File[]) => void;
  children: ReactNode;
}

/** The editor's frame, which takes files that are dropped on it. */
function DropZone({ hasError, onFiles, children }: DropZoneProps) {
  const [isOver, setOver] = useState(false);

  function onDragOver(event: DragEvent): void {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  }

  function onDrop(event: DragEvent): void {
    setOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    onFiles([...event.dataTransfer.files]);
  }

  return (
    <div
      className={cn(
        'relative rounded-lg border border-input bg-background shadow-xs focus-within:border-ring focus-within:ring-2 focus-within:ring-ring/30',
        hasError && 'border-destructive',
      )}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {children}
      {isOver && (
        <div className="pointer-events-none absolute inset-0 flex items-center justify-center rounded-lg border-2 border-dashed border-ring bg-background/90 text-sm font-medium">
          Drop files to attach them
        </div>
      )}
    </div>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul role="alert" className="mt-1 space-y-0.5 text-xs text-destructive">
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
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
