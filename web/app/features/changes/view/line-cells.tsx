import { PlusIcon } from 'lucide-react';
import { memo } from 'react';
import { cn } from '~/lib/cn.ts';
import type { Token } from '../highlight/tokens.ts';
import type { LineKind, PatchLine } from '../patch/patch.ts';
import type { Side } from '../types.ts';
import { LineCode } from './line-code.tsx';

const numberGrounds: Readonly<Record<LineKind, string>> = {
  added: 'bg-success/20 text-foreground',
  removed: 'bg-destructive/20 text-foreground',
  context: 'bg-muted/60 text-muted-foreground',
};
const codeGrounds: Readonly<Record<LineKind, string>> = { added: 'bg-success/10', removed: 'bg-destructive/10', context: '' };

export interface NumberCellProps {
  side: Side;
  number: number | null;
  kind: LineKind;
  /** A remark can be made here. */
  isStop: boolean;
  isSelected: boolean;
  /** The one that Tab leads to. */
  isCursor: boolean;
}

/** A line number; where remarks can be made it is a button, found by `data-stop`. */
export const NumberCell = memo(function NumberCell({ side, number, kind, isStop, isSelected, isCursor }: NumberCellProps) {
  const ground = isSelected ? 'bg-primary/25 text-foreground' : numberGrounds[kind];
  return (
    <td className={cn('p-0 text-right align-top select-none', ground)} data-line={number === null ? undefined : `${side}:${number}`}>
      {number !== null && isStop && (
        <button
          type="button"
          data-stop={`${side}:${number}`}
          tabIndex={isCursor ? 0 : -1}
          aria-pressed={isSelected}
          aria-label={`Remark on ${side} line ${number}`}
          className="group/number relative block h-6 w-full cursor-pointer pr-2 text-right tabular-nums hover:text-foreground focus-visible:text-foreground"
        >
          {number}
          <PlusIcon
            aria-hidden
            className="absolute top-0.5 left-0.5 hidden size-4 rounded-sm bg-primary p-0.5 text-primary-foreground group-hover/number:block group-focus-visible/number:block"
          />
        </button>
      )}
      {number !== null && !isStop && <span className="block pr-2 tabular-nums">{number}</span>}
    </td>
  );
});

export interface CodeCellProps {
  line: PatchLine | null;
  other: PatchLine | null;
  tokens: readonly Token[] | null;
  isSelected: boolean;
}

/** The code of a line; an empty cell where this side has none. */
export const CodeCell = memo(function CodeCell({ line, other, tokens, isSelected }: CodeCellProps) {
  if (!line) return <td className="bg-muted/30" />;
  return (
    <td
      className={cn(
        'relative pr-2 pl-5 align-top break-words whitespace-pre-wrap wrap-anywhere [tab-size:4]',
        isSelected ? 'bg-primary/12' : codeGrounds[line.kind],
      )}
    >
      <LineCode line={line} other={other} tokens={tokens} />
    </td>
  );
});
