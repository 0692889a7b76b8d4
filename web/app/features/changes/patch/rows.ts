import type { Block, Gap } from './context.ts';
import type { PatchLine } from './patch.ts';

/** A row of the unified view. `other` is the line that this one replaces or is replaced by. */
export type UnifiedRow = { kind: 'gap'; gap: Gap } | { kind: 'line'; line: PatchLine; other: PatchLine | null };

/** A row of the side-by-side view; null where one side has nothing. */
export type SplitRow = { kind: 'gap'; gap: Gap } | { kind: 'pair'; left: PatchLine | null; right: PatchLine | null };

/** Lines under each other, in the order of the patch. */
export function unifiedRows(blocks: readonly Block[]): UnifiedRow[] {
  return blocks.flatMap((block): UnifiedRow[] => {
    if (block.kind === 'gap') return [block];
    const others = new Map<PatchLine, PatchLine>();
    for (const { left, right } of pairs(block.lines)) {
      if (left && right && left !== right) others.set(left, right).set(right, left);
    }
    return block.lines.map((line) => ({ kind: 'line', line, other: others.get(line) ?? null }));
  });
}

/** Old on the left, new on the right; a removed line stands beside the added one that replaces it. */
export function splitRows(blocks: readonly Block[]): SplitRow[] {
  return blocks.flatMap((block): SplitRow[] =>
    block.kind === 'gap' ? [block] : pairs(block.lines).map(({ left, right }) => ({ kind: 'pair', left, right })),
  );
}

/** The first removed line belongs to the first added one of the same change, and so on; context is both sides. */
function pairs(lines: readonly PatchLine[]): { left: PatchLine | null; right: PatchLine | null }[] {
  const result: { left: PatchLine | null; right: PatchLine | null }[] = [];
  let removed: PatchLine[] = [];
  let added: PatchLine[] = [];

  function flush(): void {
    const count = Math.max(removed.length, added.length);
    for (let index = 0; index < count; index += 1) result.push({ left: removed[index] ?? null, right: added[index] ?? null });
    removed = [];
    added = [];
  }

  for (const line of lines) {
    // A removed line after added ones begins another change.
    if (line.kind === 'context' || (line.kind === 'removed' && added.length > 0)) flush();
    if (line.kind === 'removed') removed.push(line);
    else if (line.kind === 'added') added.push(line);
    else result.push({ left: line, right: line });
  }
  flush();
  return result;
}
