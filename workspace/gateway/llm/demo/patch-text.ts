/** A change of one file in memory. `before` null: the file is new; `after` null: it goes. */
export interface FileEdit {
  path: string;
  before: string | null;
  after: string | null;
}

/** The edits as a patch in Codex's format, with as much context as makes each hunk's place unique. */
export function patchOf(edits: readonly FileEdit[]): string {
  return ['*** Begin Patch', ...edits.flatMap(sectionOf), '*** End Patch'].join('\n');
}

function sectionOf(edit: FileEdit): string[] {
  if (edit.after === null) return [`*** Delete File: ${edit.path}`];
  if (edit.before === null) return [`*** Add File: ${edit.path}`, ...linesOf(edit.after).map((line) => `+${line}`)];
  return [`*** Update File: ${edit.path}`, '@@', ...hunkOf(linesOf(edit.before), linesOf(edit.after))];
}

/** Lines without the last newline's empty rest; Codex writes each back with a newline. */
function linesOf(text: string): string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function hunkOf(before: string[], after: string[]): string[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  let context = 3;
  const slice = () => before.slice(Math.max(0, head - context), before.length - tail + context);
  while (context < before.length && occurrences(before, slice()) > 1) context *= 2;
  const oldMiddle = before.slice(head, before.length - tail);
  const newMiddle = after.slice(head, after.length - tail);
  return [
    ...before.slice(Math.max(0, head - context), head).map((line) => ` ${line}`),
    ...middleOf(oldMiddle, newMiddle),
    ...before.slice(before.length - tail, before.length - tail + context).map((line) => ` ${line}`),
  ];
}

/** Lines that stayed among as many changed ones are context, so that a patch shows only what changed. */
function middleOf(oldLines: string[], newLines: string[]): string[] {
  if (oldLines.length !== newLines.length) return [...oldLines.map((line) => `-${line}`), ...newLines.map((line) => `+${line}`)];
  return oldLines.flatMap((line, index) => (line === newLines[index] ? [` ${line}`] : [`-${line}`, `+${newLines[index]}`]));
}

function occurrences(lines: string[], part: string[]): number {
  let count = 0;
  for (let start = 0; start + part.length <= lines.length; start += 1) {
    if (part.every((line, offset) => lines[start + offset] === line)) count += 1;
  }
  return count;
}
