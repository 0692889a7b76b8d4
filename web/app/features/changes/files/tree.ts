import type { DiffFile } from '../types.ts';

export interface FolderNode {
  kind: 'folder';
  /** Several folders in one line where each holds nothing but the next. */
  name: string;
  path: string;
  children: TreeNode[];
  files: number;
  insertions: number;
  deletions: number;
}

export interface FileNode {
  kind: 'file';
  name: string;
  path: string;
  file: DiffFile;
}

export type TreeNode = FolderNode | FileNode;

/** A visible line of the tree, with what assistive technology is told about it. */
export interface TreeRow {
  node: TreeNode;
  level: number;
  setSize: number;
  /** From 1. */
  position: number;
  isOpen: boolean;
  parent: string | null;
}

interface Draft {
  folders: Map<string, Draft>;
  files: DiffFile[];
}

/** Changed files as a tree: folders first, both by name; sums of what is below each folder. */
export function treeOf(files: readonly DiffFile[]): TreeNode[] {
  const root: Draft = { folders: new Map(), files: [] };
  for (const file of files) {
    let at = root;
    for (const part of file.path.split('/').slice(0, -1)) {
      const next = at.folders.get(part) ?? { folders: new Map(), files: [] };
      at.folders.set(part, next);
      at = next;
    }
    at.files.push(file);
  }
  return nodesOf(root, '');
}

function nodesOf(draft: Draft, prefix: string): TreeNode[] {
  const folders = [...draft.folders].map(([name, child]) => folderOf(name, child, prefix)).sort(byName);
  const files = draft.files.map((file): FileNode => {
    return { kind: 'file', name: file.path.slice(file.path.lastIndexOf('/') + 1), path: file.path, file };
  });
  return [...folders, ...files.sort(byName)];
}

function folderOf(firstName: string, first: Draft, prefix: string): FolderNode {
  let name = firstName;
  let draft = first;
  while (draft.files.length === 0 && draft.folders.size === 1) {
    const [[inner, child]] = [...draft.folders] as [[string, Draft]];
    name = `${name}/${inner}`;
    draft = child;
  }
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const children = nodesOf(draft, path);
  const counts = { files: 0, insertions: 0, deletions: 0 };
  for (const child of children) {
    const own = child.kind === 'folder' ? child : { files: 1, insertions: child.file.insertions, deletions: child.file.deletions };
    counts.files += own.files;
    counts.insertions += own.insertions;
    counts.deletions += own.deletions;
  }
  return { kind: 'folder', name, path, children, ...counts };
}

function byName(a: TreeNode, b: TreeNode): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The files in the order of the tree, which is the order in which their changes stand. */
export function filesInOrder(nodes: readonly TreeNode[]): DiffFile[] {
  return nodes.flatMap((node) => (node.kind === 'file' ? [node.file] : filesInOrder(node.children)));
}

/** What is visible when the folders of `closed` (by path) are shut. */
export function treeRows(nodes: readonly TreeNode[], closed: ReadonlySet<string>, level = 1, parent: string | null = null): TreeRow[] {
  return nodes.flatMap((node, index) => {
    const isOpen = node.kind === 'folder' && !closed.has(node.path);
    const row: TreeRow = { node, level, setSize: nodes.length, position: index + 1, isOpen, parent };
    return isOpen && node.kind === 'folder' ? [row, ...treeRows(node.children, closed, level + 1, node.path)] : [row];
  });
}

/** Files whose path (or former path) holds every word of `text`, whatever the case. */
export function filterFiles(files: readonly DiffFile[], text: string): readonly DiffFile[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return files;
  return files.filter(({ path, oldPath }) => {
    const names = `${path}\n${oldPath ?? ''}`.toLowerCase();
    return words.every((word) => names.includes(word));
  });
}

/** Where a key leads in the tree; `toggle` shuts or opens the folder at the row. Null when the key means nothing. */
export function treeMove(
  rows: readonly TreeRow[],
  at: number,
  key: string,
): { kind: 'go'; index: number } | { kind: 'toggle'; path: string } | { kind: 'choose'; path: string } | null {
  const row = rows[at];
  if (!row) return null;
  switch (key) {
    case 'ArrowDown':
      return { kind: 'go', index: Math.min(rows.length - 1, at + 1) };
    case 'ArrowUp':
      return { kind: 'go', index: Math.max(0, at - 1) };
    case 'Home':
      return { kind: 'go', index: 0 };
    case 'End':
      return { kind: 'go', index: rows.length - 1 };
    case 'ArrowRight':
      if (row.node.kind === 'file') return null;
      return row.isOpen ? { kind: 'go', index: Math.min(rows.length - 1, at + 1) } : { kind: 'toggle', path: row.node.path };
    case 'ArrowLeft': {
      if (row.isOpen) return { kind: 'toggle', path: row.node.path };
      const parent = rows.findIndex(({ node }) => node.kind === 'folder' && node.path === row.parent);
      return parent === -1 ? null : { kind: 'go', index: parent };
    }
    case 'Enter':
    case ' ':
      return row.node.kind === 'folder' ? { kind: 'toggle', path: row.node.path } : { kind: 'choose', path: row.node.path };
    default:
      return null;
  }
}
