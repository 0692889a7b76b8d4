import { parsePatch as parseUnified, type StructuredPatch } from 'diff';

export type LineKind = 'context' | 'added' | 'removed';

/** One line of a hunk with its numbers; the side that does not have it holds null. */
export interface PatchLine {
  kind: LineKind;
  oldLine: number | null;
  newLine: number | null;
  text: string;
  /** The file ends here without a line break. */
  isUnterminated: boolean;
}

export interface Hunk {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  /** What git found as the surrounding function or section; empty when it found none. */
  heading: string;
  lines: PatchLine[];
}

/** What one file's patch shows; `isBinary` ones have no hunks. */
export interface FilePatch {
  isBinary: boolean;
  hunks: Hunk[];
}

/** A patch that is not what git writes; the message says so to people. */
export class UnreadablePatch extends Error {
  constructor(cause: unknown) {
    super('The patch of this file cannot be read here; download it and look at it with git.', { cause });
    this.name = 'UnreadablePatch';
  }
}

/**
 * Reads one file's patch as git writes it (`diff --git …`, hunks or a binary block). A change of type comes as two
 * sections, a deletion and an addition; their hunks follow each other. Throws UnreadablePatch.
 */
export function parsePatch(patch: string): FilePatch {
  const headings = patch
    .split('\n')
    .filter((line) => line.startsWith('@@ '))
    .map((line) => /^@@ [^@]* @@ ?(.*)$/.exec(line)?.[1] ?? '');
  const sections = readSections(patch);
  const hunks = sections.flatMap((section) => section.hunks).map((hunk, index) => numberLines(hunk, headings[index] ?? ''));
  return { isBinary: hunks.length === 0 && /^(GIT binary patch|Binary files )/m.test(patch), hunks };
}

function readSections(patch: string): StructuredPatch[] {
  try {
    return patch === '' ? [] : parseUnified(patch);
  } catch (cause) {
    throw new UnreadablePatch(cause);
  }
}

function numberLines(hunk: StructuredPatch['hunks'][number], heading: string): Hunk {
  const { oldStart, oldLines, newStart, newLines } = hunk;
  const lines: PatchLine[] = [];
  let oldLine = oldStart;
  let newLine = newStart;
  for (const raw of hunk.lines) {
    const text = raw.slice(1);
    switch (raw.charAt(0)) {
      case '+':
        lines.push({ kind: 'added', oldLine: null, newLine: newLine++, text, isUnterminated: false });
        break;
      case '-':
        lines.push({ kind: 'removed', oldLine: oldLine++, newLine: null, text, isUnterminated: false });
        break;
      case '\\':
        markLast(lines);
        break;
      default:
        lines.push({ kind: 'context', oldLine: oldLine++, newLine: newLine++, text, isUnterminated: false });
    }
  }
  return { oldStart, oldLines, newStart, newLines, heading, lines };
}

/** `\ No newline at end of file` speaks of the line before it. */
function markLast(lines: PatchLine[]): void {
  const last = lines.at(-1);
  if (last) last.isUnterminated = true;
}
