import type { FilePatch, Hunk, PatchLine } from './patch.ts';

/** How many lines of a gap are shown below the hunk before it (`top`) and above the hunk after it (`bottom`). */
export interface Shown {
  top: number;
  bottom: number;
}

/** What was expanded, by the gap's index: gap 0 lies before the first hunk, gap n after the last of n. */
export type Expansion = Readonly<Record<number, Shown>>;

/** Lines that the patch leaves out. `count` is null where the end of the file is not known yet. */
export interface Gap {
  index: number;
  oldStart: number;
  newStart: number;
  count: number | null;
  /** Heading of the hunk that follows. */
  heading: string;
  place: 'first' | 'between' | 'last';
}

/** What stands under each other: lines, and gaps between them. */
export type Block = { kind: 'gap'; gap: Gap } | { kind: 'lines'; lines: PatchLine[] };

export type Direction = 'down' | 'up' | 'all';

/** Lines that one click shows. */
export const contextStep = 20;

/** What a click on a gap changes: `down` goes on below the hunk before, `up` goes up from the hunk after. */
export function expand(expansion: Expansion, gap: Gap, direction: Direction): Expansion {
  const before = expansion[gap.index] ?? { top: 0, bottom: 0 };
  const rest = gap.count ?? contextStep;
  const step = direction === 'all' ? rest : Math.min(contextStep, rest);
  const after = direction === 'up' ? { ...before, bottom: before.bottom + step } : { ...before, top: before.top + step };
  return { ...expansion, [gap.index]: after };
}

/**
 * The patch with its gaps, and with whatever of them is shown. `fileLines` is the new side's text, null while it is not
 * loaded. A file that is new, gone or of another type than before has no gaps: pass `hasGaps: false`.
 */
export function blocksOf(patch: FilePatch, view: { hasGaps: boolean; fileLines: readonly string[] | null; expansion: Expansion }): Block[] {
  if (!view.hasGaps) return patch.hunks.map(({ lines }) => ({ kind: 'lines', lines }));
  const blocks = gapsOf(patch, view.fileLines).flatMap((gap): Block[] => {
    const hunk = patch.hunks[gap.index];
    return hunk ? [...open(gap, view), { kind: 'lines', lines: hunk.lines }] : open(gap, view);
  });
  return join(blocks);
}

/** What the patch leaves out before, between and after its hunks, as if nothing of it were shown; none where nothing changed. */
export function gapsOf({ hunks }: FilePatch, fileLines: readonly string[] | null): Gap[] {
  const before = hunks.map((hunk, index) => gapBefore(hunks[index - 1] ?? null, hunk, index));
  const last = hunks.at(-1);
  return last ? [...before, gapAfter(last, hunks.length, fileLines)] : [];
}

function gapBefore(before: Hunk | null, hunk: Hunk, index: number): Gap {
  const newStart = before ? before.newStart + before.newLines : 1;
  const oldStart = before ? before.oldStart + before.oldLines : 1;
  const place = before ? 'between' : 'first';
  return { index, oldStart, newStart, count: Math.max(0, hunk.newStart - newStart), heading: hunk.heading, place };
}

function gapAfter(last: Hunk, index: number, fileLines: readonly string[] | null): Gap {
  const newStart = last.newStart + last.newLines;
  const endsHere = last.lines.some((line) => line.isUnterminated && line.newLine !== null);
  const count = endsHere ? 0 : fileLines ? Math.max(0, fileLines.length - newStart + 1) : null;
  return { index, oldStart: last.oldStart + last.oldLines, newStart, count, heading: '', place: 'last' };
}

/** The lines that are shown of a gap, and what remains of it. */
function open(gap: Gap, { fileLines, expansion }: { fileLines: readonly string[] | null; expansion: Expansion }): Block[] {
  if (gap.count === 0) return [];
  const shown = expansion[gap.index];
  if (!fileLines || !shown || gap.count === null) return [{ kind: 'gap', gap }];
  const top = Math.min(shown.top, gap.count);
  const bottom = Math.min(shown.bottom, gap.count - top);
  const rest = gap.count - top - bottom;
  const remaining: Gap = { ...gap, oldStart: gap.oldStart + top, newStart: gap.newStart + top, count: rest };
  return [
    { kind: 'lines', lines: contextLines(gap, 0, top, fileLines) },
    ...(rest > 0 ? [{ kind: 'gap' as const, gap: remaining }] : []),
    { kind: 'lines', lines: contextLines(gap, top + rest, bottom, fileLines) },
  ];
}

function contextLines(gap: Gap, offset: number, count: number, fileLines: readonly string[]): PatchLine[] {
  return Array.from({ length: count }, (_, at) => {
    const newLine = gap.newStart + offset + at;
    const oldLine = gap.oldStart + offset + at;
    return { kind: 'context', oldLine, newLine, text: fileLines[newLine - 1] ?? '', isUnterminated: false };
  });
}

/** Neighbouring lines become one block, so that what is highlighted together stands together. */
function join(blocks: readonly Block[]): Block[] {
  const joined: Block[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (block.kind === 'lines' && block.lines.length === 0) continue;
    if (block.kind === 'lines' && last?.kind === 'lines')
      joined[joined.length - 1] = { kind: 'lines', lines: [...last.lines, ...block.lines] };
    else joined.push(block);
  }
  return joined;
}

/** Lines of a file's text; the line break at its end opens no further line. */
export function linesOfText(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
