/** The two folders that a setup may write in and that outlive it. */
export type Root = 'work' | 'home';
export type Roots = Readonly<Record<Root, string>>;

/** What belongs to agents and to people's messages, never to a setup. */
const foreignInHome = new Set(['.codex', '.astraforge', 'attachments']);
/** What installers keep for the next time that they install. */
const cachesInHome = ['.npm/_cacache', '.npm/_logs', '.cache/pip', '.cache/yarn'];

/** Whether a path (from its root) may be part of a snapshot at all. */
export function isOfSetup(root: Root, path: string): boolean {
  const [first = ''] = path.split('/', 1);
  return root === 'work' ? first !== '.git' : !foreignInHome.has(first);
}

/** Whether a path is worth being kept. */
export function isKept(root: Root, path: string): boolean {
  return isOfSetup(root, path) && !(root === 'home' && cachesInHome.includes(path));
}
