import { Fragment, memo, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Button } from '~/components/ui/button.tsx';
import type { Block, Direction, Gap } from '../patch/context.ts';
import type { LineTokens } from '../highlight/patch-tokens.ts';
import { splitRows, unifiedRows, type SplitRow, type UnifiedRow } from '../patch/rows.ts';
import { isSelected, type Selection, type Stop } from '../remarks/selection.ts';
import type { Layout } from './board.ts';
import { afterFrames } from './frames.ts';
import { GapRow } from './gap-row.tsx';
import { CodeCell, NumberCell } from './line-cells.tsx';
import { goToLine, rowIndexOf, rowKeys, rowsPerPage, splitStops, textAt, unifiedStops, type RemarkSides } from './lines.ts';
import { useSelection, type LineRange } from './use-selection.ts';

export interface DiffTableProps {
  path: string;
  layout: Layout;
  blocks: readonly Block[];
  tokens: LineTokens;
  sides: RemarkSides;
  /** What hangs below a line, by `side:line`. */
  below: ReadonlyMap<string, ReactNode>;
  /** Ranges that are marked besides the chosen one: those of open editors. */
  marked: readonly Selection[];
  onExpand: ((gap: Gap, direction: Direction) => void) | null;
  isExpanding: boolean;
  /** The line that is gone to, and what to do once it has the focus. */
  target?: Stop | null;
  onArrived?: () => void;
  /** Lines were chosen; `excerpt` is the text of the first. */
  onRemark: (range: LineRange, excerpt: string) => void;
}

/**
 * Frames in which the list around has measured lines that were just drawn. Before that it takes the one that is gone to, far down,
 * for one out of sight: it drops the file, and the focus is lost.
 */
const framesToMeasure = 3;

/** The lines of one file, unified or side by side. Long files come in pages. */
export const DiffTable = memo(function DiffTable({
  path,
  layout,
  blocks,
  tokens,
  sides,
  below,
  marked,
  onExpand,
  isExpanding,
  target = null,
  onArrived,
  onRemark,
}: DiffTableProps) {
  const rows: readonly (UnifiedRow | SplitRow)[] = useMemo(
    () => (layout === 'split' ? splitRows(blocks) : unifiedRows(blocks)),
    [layout, blocks],
  );
  const [pages, setPages] = useState(1);
  const shown = rows.slice(0, pages * rowsPerPage);
  const stops = useMemo(() => shown.map((row) => stopsOf(row, sides)), [shown.length, rows, sides]);
  const table = useRef<HTMLTableElement>(null);
  const { selection, cursor, clear, handlers } = useSelection(table, stops, (range) =>
    onRemark(range, textAt(rows, { side: range.side, line: range.startLine })),
  );
  useEffect(() => {
    const index = target ? rowIndexOf(rows, target) : -1;
    if (target === null || index === -1) return;
    if (index >= pages * rowsPerPage) return setPages(Math.ceil((index + 1) / rowsPerPage));
    return afterFrames(framesToMeasure, function go() {
      if (table.current) goToLine(table.current, target);
      onArrived?.();
    });
  }, [target, rows, pages, onArrived]);
  const isWriting = marked.length > 0;
  useEffect(() => {
    // The lines that a remark was made about are not the beginning of the next choice.
    if (!isWriting) clear();
  }, [isWriting]);
  const entry = cursor ?? stops.flat()[0] ?? null;
  const columns = layout === 'split' ? 4 : 3;
  const choices = selection ? [selection, ...marked] : marked;
  return (
    <>
      {/* The buttons inside are what the keyboard reaches; the table only hears them. */}
      <table ref={table} className="w-full table-fixed border-collapse font-mono text-xs leading-6" {...handlers}>
        <caption className="sr-only">Lines of {path}</caption>
        {layout === 'split' ? <SplitColumns /> : <UnifiedColumns />}
        <tbody>
          {shown.map((row, index) => (
            <Fragment key={keyOf(row)}>
              {row.kind === 'gap' ? (
                <GapRow gap={row.gap} columns={columns} onExpand={onExpand} isLoading={isExpanding} />
              ) : row.kind === 'line' ? (
                <UnifiedLine row={row} tokens={tokens} stops={stops[index] ?? []} selections={choices} cursor={entry} />
              ) : (
                <SplitLine row={row} tokens={tokens} stops={stops[index] ?? []} selections={choices} cursor={entry} />
              )}
              {below.size > 0 &&
                rowKeys(row).map((key) => {
                  const extra = below.get(key);
                  return extra === undefined ? null : <ExtraRow key={key} columns={columns} content={extra} />;
                })}
            </Fragment>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <div className="flex flex-wrap items-center gap-3 border-t px-3 py-2 text-sm text-muted-foreground">
          <Button variant="outline" size="sm" onClick={() => setPages(pages + 1)}>
            Show {Math.min(rowsPerPage, rows.length - shown.length)} more lines
          </Button>
          {(rows.length - shown.length).toLocaleString('en')} of {rows.length.toLocaleString('en')} are not shown yet.
        </div>
      )}
    </>
  );
});

interface LineProps<Row> {
  row: Row;
  tokens: LineTokens;
  stops: readonly Stop[];
  selections: readonly Selection[];
  cursor: Stop | null;
}

function UnifiedLine({ row: { line, other }, tokens, stops, selections, cursor }: LineProps<Extract<UnifiedRow, { kind: 'line' }>>) {
  const stop = stops[0] ?? null;
  const chosen = isChosen(selections, 'old', line.oldLine) || isChosen(selections, 'new', line.newLine);
  const isCursor = isAt(cursor, stop);
  return (
    <tr>
      <NumberCell side="old" number={line.oldLine} kind={line.kind} isStop={stop?.side === 'old'} isSelected={chosen} isCursor={isCursor} />
      <NumberCell side="new" number={line.newLine} kind={line.kind} isStop={stop?.side === 'new'} isSelected={chosen} isCursor={isCursor} />
      <CodeCell line={line} other={other} tokens={tokens.get(line) ?? null} isSelected={chosen} />
    </tr>
  );
}

function SplitLine({ row: { left, right }, tokens, stops, selections, cursor }: LineProps<Extract<SplitRow, { kind: 'pair' }>>) {
  const isContext = left !== null && left === right;
  const cells = (['old', 'new'] as const).map((side) => {
    const line = side === 'old' ? left : right;
    const number = line && (side === 'old' ? line.oldLine : line.newLine);
    const stop = stops.find((each) => each.side === side) ?? null;
    const chosen = isChosen(selections, side, number);
    return (
      <Fragment key={side}>
        <NumberCell
          side={side}
          number={number}
          kind={line?.kind ?? 'context'}
          isStop={stop !== null}
          isSelected={chosen}
          isCursor={isAt(cursor, stop)}
        />
        <CodeCell
          line={line}
          other={isContext ? null : side === 'old' ? right : left}
          tokens={line ? (tokens.get(line) ?? null) : null}
          isSelected={chosen}
        />
      </Fragment>
    );
  });
  return <tr>{cells}</tr>;
}

function ExtraRow({ columns, content }: { columns: number; content: ReactNode }) {
  return (
    <tr>
      <td colSpan={columns} className="border-y bg-muted/40 p-2 font-sans text-sm">
        {content}
      </td>
    </tr>
  );
}

function UnifiedColumns() {
  return (
    <>
      <colgroup>
        <col className="w-11 sm:w-13" />
        <col className="w-11 sm:w-13" />
        <col />
      </colgroup>
      <Headings names={['Old line', 'New line', 'Code']} />
    </>
  );
}

function SplitColumns() {
  return (
    <>
      <colgroup>
        <col className="w-11 sm:w-13" />
        <col />
        <col className="w-11 sm:w-13" />
        <col />
      </colgroup>
      <Headings names={['Old line', 'Old code', 'New line', 'New code']} />
    </>
  );
}

function Headings({ names }: { names: readonly string[] }) {
  return (
    <thead className="sr-only">
      <tr>
        {names.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Each line of a file occurs once on each side. */
function keyOf(row: UnifiedRow | SplitRow): string {
  switch (row.kind) {
    case 'gap':
      return `gap ${row.gap.index}`;
    case 'line':
      return `${row.line.oldLine ?? ''}:${row.line.newLine ?? ''}`;
    case 'pair':
      return `${row.left?.oldLine ?? ''}:${row.right?.newLine ?? ''}`;
  }
}

function stopsOf(row: UnifiedRow | SplitRow, sides: RemarkSides): Stop[] {
  return row.kind === 'pair' ? splitStops(row, sides) : unifiedStops(row as UnifiedRow, sides);
}

function isChosen(selections: readonly Selection[], side: Stop['side'], line: number | null): boolean {
  return selections.some((selection) => isSelected(selection, side, line));
}

function isAt(cursor: Stop | null, stop: Stop | null): boolean {
  return cursor !== null && stop !== null && cursor.side === stop.side && cursor.line === stop.line;
}
