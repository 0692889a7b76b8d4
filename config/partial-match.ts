/** For each end of `word`'s beginnings: how long a beginning of `word` ends there too (the failure function of Knuth, Morris and Pratt). */
const failures = new Map<string, Uint32Array>();
const maxKept = 2_000;

function failuresOf(word: string): Uint32Array {
  const known = failures.get(word);
  if (known) return known;
  const table = new Uint32Array(word.length);
  for (let at = 1, length = 0; at < word.length; at += 1) {
    while (length > 0 && word[at] !== word[length]) length = table[length - 1] ?? 0;
    if (word[at] === word[length]) length += 1;
    table[at] = length;
  }
  if (failures.size >= maxKept) failures.clear();
  failures.set(word, table);
  return table;
}

/** How long the longest end of `text` is that begins `word` without being all of it. Pure; linear in the shorter of both. */
export function partialMatch(text: string, word: string): number {
  const table = failuresOf(word);
  let length = 0;
  for (let at = Math.max(0, text.length - word.length + 1); at < text.length; at += 1) {
    while (length > 0 && text[at] !== word[length]) length = table[length - 1] ?? 0;
    if (text[at] === word[length]) length += 1;
  }
  return length;
}
