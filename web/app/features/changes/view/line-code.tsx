import { memo, useMemo, useState } from 'react';
import { clip, spansOf, type Token } from '../highlight/tokens.ts';
import { visibleText } from '../highlight/visible.ts';
import type { PatchLine } from '../patch/patch.ts';
import { changedWords } from '../patch/words.ts';

/** Longer lines (minified code, data) are cut, and shown whole only when asked for. In UTF-16 units. */
const lineCap = 2_000;

export interface LineCodeProps {
  line: PatchLine;
  /** The line that it replaces or that replaces it. */
  other: PatchLine | null;
  tokens: readonly Token[] | null;
}

const signs = { added: '+', removed: '-', context: ' ' } as const;
const words = { added: 'added: ', removed: 'removed: ', context: '' } as const;

/** The code of one line: its sign, syntax colours, changed words marked. Text nodes only. */
export const LineCode = memo(function LineCode({ line, other, tokens }: LineCodeProps) {
  const [isWhole, setWhole] = useState(false);
  const { spans, hidden } = useMemo(() => {
    const changes =
      other === null ? null : line.kind === 'removed' ? changedWords(line.text, other.text) : changedWords(other.text, line.text);
    const all = spansOf(line.text, tokens, (line.kind === 'removed' ? changes?.before : changes?.after) ?? []);
    return isWhole ? { spans: all, hidden: 0 } : clip(all, lineCap);
  }, [line, other, tokens, isWhole]);
  return (
    <>
      <span aria-hidden className="absolute left-1.5 select-none">
        {signs[line.kind]}
      </span>
      {words[line.kind] !== '' && <span className="sr-only select-none">{words[line.kind]}</span>}
      <code className="font-mono">
        {spans.map((span, index) => (
          <span key={index} className={(span.isChanged ? changedClasses[line.kind] : span.className) ?? undefined}>
            {visibleText(span.text)}
          </span>
        ))}
      </code>
      {hidden > 0 && (
        <button type="button" className="ml-2 font-sans text-xs text-primary underline" onClick={() => setWhole(true)}>
          show {hidden.toLocaleString('en')} more characters
        </button>
      )}
      {line.isUnterminated && <span className="ml-2 font-sans text-xs text-muted-foreground select-none">no line break at the end</span>}
    </>
  );
});

/** On the stronger ground only the plain text colour is readable in both themes. */
const changedClasses = {
  added: 'rounded-xs bg-success/25 text-foreground',
  removed: 'rounded-xs bg-destructive/25 text-foreground',
  context: '',
} as const;
