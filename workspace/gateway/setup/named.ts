/** Where a shell ends a word or a part of one. */
const separators = /[\s;&|()<>"'`$={},:]+/;

/** What a command names of a tree. */
export interface Named {
  /** Last parts of its words. */
  names: ReadonlySet<string>;
  /** It names a whole folder that cannot be told from here, as `.` or `*` do. */
  isWholeTree: boolean;
  /** Its text, without escapes. */
  text: string;
}

/**
 * What a command may read by name. Folders that it goes into, variables and ways up (`cd x && ../a.sh`, `"$PWD/a/b.sh"`) are not followed:
 * the last part of each word stands for every path with that name. Rather too many than too few: one too many costs one more run of the
 * command. Pure.
 */
export function namedBy(command: string): Named {
  const text = command.replaceAll('\\', '');
  const ends = text.split(separators).filter(Boolean).map(lastPart);
  return { names: new Set(ends.filter(isName)), isWholeTree: ends.some((end) => !isName(end)), text };
}

/** Whether a command names a file, or a folder above it. Pure. */
export function isNamed(path: string, { names, isWholeTree, text }: Named): boolean {
  if (isWholeTree) return true;
  return path.split('/').some((part) => names.has(part) || (separators.test(part) && text.includes(part)));
}

/** The last part that is not the folder itself; a part with a pattern stands for its folder. */
function lastPart(word: string): string {
  const parts = word.split('/').filter((part) => part !== '' && part !== '.');
  while (parts.length > 0 && (/[*?]/.test(parts.at(-1) ?? '') || parts.at(-1) === '..')) {
    const isUp = parts.pop() === '..';
    if (isUp) parts.pop();
  }
  return parts.at(-1) ?? (/[.*?]/.test(word) ? '.' : word);
}

/** False for what stands for the folder that a command is in. */
function isName(end: string): boolean {
  return end !== '.' && end !== 'PWD' && end !== 'pwd';
}
