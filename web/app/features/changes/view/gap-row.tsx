import { ChevronDownIcon, ChevronUpIcon, UnfoldVerticalIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { plural } from '~/lib/format.ts';
import { contextStep, type Direction, type Gap } from '../patch/context.ts';

export interface GapRowProps {
  gap: Gap;
  columns: number;
  /** Shows more of it; null where the file's text cannot be read. */
  onExpand: ((gap: Gap, direction: Direction) => void) | null;
  isLoading: boolean;
}

/** Lines that are left out, how many, and what shows them. */
export function GapRow({ gap, columns, onExpand, isLoading }: GapRowProps) {
  const isShort = gap.count !== null && gap.count <= contextStep;
  return (
    <tr>
      <td colSpan={columns} className="border-y bg-info/8 px-1.5 py-0.5 font-sans text-xs text-muted-foreground">
        <div className="flex flex-wrap items-center gap-x-1 gap-y-0.5">
          {onExpand && isShort && (
            <GapButton label={`Show the ${plural(gap.count ?? 0, 'line')} between`} onClick={() => onExpand(gap, 'all')}>
              <UnfoldVerticalIcon className="size-4" aria-hidden />
            </GapButton>
          )}
          {onExpand && !isShort && gap.place !== 'first' && (
            <GapButton label={`Show ${contextStep} more lines below`} onClick={() => onExpand(gap, 'down')}>
              <ChevronDownIcon className="size-4" aria-hidden />
            </GapButton>
          )}
          {onExpand && !isShort && gap.place !== 'last' && (
            <GapButton label={`Show ${contextStep} more lines above`} onClick={() => onExpand(gap, 'up')}>
              <ChevronUpIcon className="size-4" aria-hidden />
            </GapButton>
          )}
          {onExpand && !isShort && gap.count !== null && (
            <GapButton label={`Show all ${gap.count} lines that are left out here`} onClick={() => onExpand(gap, 'all')}>
              <UnfoldVerticalIcon className="size-4" aria-hidden />
            </GapButton>
          )}
          <span className="px-1">{isLoading ? 'Reading the file…' : gapWords(gap)}</span>
          {gap.heading !== '' && <code className="min-w-0 truncate font-mono">{gap.heading}</code>}
        </div>
      </td>
    </tr>
  );
}

function gapWords({ count, place }: Gap): string {
  if (count === null) return 'The rest of the file is unchanged.';
  const where = place === 'first' ? 'before' : place === 'last' ? 'after' : 'between';
  return `${plural(count, 'unchanged line')} ${where}`;
}

function GapButton({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="inline-flex size-6 items-center justify-center rounded-sm hover:bg-accent hover:text-foreground"
    >
      {children}
    </button>
  );
}
