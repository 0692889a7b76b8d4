/**
 * The paths that a person may mean by some letters, the best first: a file of that name, names and paths that begin with them,
 * that hold them, and at last those that hold the letters in order. Case does not matter; between equals the shorter path wins.
 */
export function completePaths(paths: readonly string[], query: string, limit: number): { items: string[]; more: boolean } {
  const wanted = query.toLowerCase();
  const found: { path: string; rank: number }[] = [];
  for (const path of paths) {
    const rank = rankOf(path.toLowerCase(), wanted);
    if (rank !== null) found.push({ path, rank });
  }
  found.sort((a, b) => a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return { items: found.slice(0, limit).map(({ path }) => path), more: found.length > limit };
}

/** Null when the path is not meant. Without letters the shallow paths come first. */
function rankOf(path: string, wanted: string): number | null {
  if (wanted === '') return path.split('/').length;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === wanted || path === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (path.startsWith(wanted)) return 2;
  if (name.includes(wanted)) return 3;
  if (path.includes(wanted)) return 4;
  return holdsInOrder(path, wanted) ? 5 : null;
}

function holdsInOrder(path: string, wanted: string): boolean {
  let at = 0;
  for (const letter of wanted) {
    const next = path.indexOf(letter, at);
    if (next === -1) return false;
    at = next + letter.length;
  }
  return true;
}
