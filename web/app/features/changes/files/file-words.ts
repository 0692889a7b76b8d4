import type { DiffFile } from '../types.ts';

const modes: Readonly<Record<string, string>> = {
  '100644': 'plain file',
  '100755': 'executable file',
  '120000': 'symbolic link',
  '160000': 'submodule',
};

const statusWords: Readonly<Record<DiffFile['status'], string>> = {
  added: 'Added',
  deleted: 'Deleted',
  modified: 'Changed',
  renamed: 'Renamed',
  copied: 'Copied',
  'type-changed': 'Another type',
};

/** One word for what happened to a file. */
export function statusWord(file: DiffFile): string {
  return statusWords[file.status];
}

/** What the lines of a diff do not say: where the file comes from, its mode, what kind of thing it is. */
export function notesOf(file: DiffFile): string[] {
  const notes: string[] = [];
  if (file.status === 'renamed' && file.oldPath !== null) notes.push(`Renamed from ${file.oldPath}.`);
  if (file.status === 'copied' && file.oldPath !== null) notes.push(`Copied from ${file.oldPath}.`);
  const mode = modeNote(file);
  if (mode !== null) notes.push(mode);
  switch (file.kind) {
    case 'submodule':
      notes.push('A submodule: the lines name the commit of another repository; its files are not part of this diff.');
      break;
    case 'symlink':
      notes.push('A symbolic link: the lines are the path that it points to.');
      break;
    case 'lfs-pointer':
      notes.push('Stored in Git LFS: the lines are its pointer (size and checksum), not its content.');
      break;
    case 'binary':
    case 'text':
      break;
  }
  return notes;
}

function modeNote({ status, oldMode, newMode }: DiffFile): string | null {
  if (status === 'added') return newMode === '100755' ? 'New, and executable.' : null;
  if (status === 'deleted' || oldMode === newMode) return null;
  return `Mode ${oldMode} became ${newMode}: was ${nameOf(oldMode)}, is now ${nameOf(newMode)}.`;
}

function nameOf(mode: string): string {
  const name = modes[mode];
  return name === undefined ? `mode ${mode}` : `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** The sentence that stands where a file has no lines to show. */
export function noLinesWords(file: DiffFile): string {
  if (file.kind === 'binary') {
    switch (file.status) {
      case 'added':
        return 'A new binary file; there are no lines to show.';
      case 'deleted':
        return 'This binary file was deleted; there are no lines to show.';
      default:
        return 'A binary file; what changed in it cannot be shown as lines.';
    }
  }
  switch (file.status) {
    case 'added':
      return 'A new, empty file.';
    case 'deleted':
      return 'It was empty, and it was deleted.';
    case 'renamed':
      return 'Renamed without a change of its content.';
    case 'copied':
      return 'Copied without a change of its content.';
    default:
      return file.oldMode === file.newMode ? 'No line of it changed.' : 'Only its mode changed, no line of it.';
  }
}

/** Whether lines between the hunks exist and can be read from the new side. */
export function hasGaps(file: DiffFile): boolean {
  return file.kind === 'text' && (file.status === 'modified' || file.status === 'renamed' || file.status === 'copied');
}

const imageTypes = ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'ico', 'bmp'];

/** Images that a browser draws from their bytes alone; SVG is text and is shown as such. */
export function isImage(file: DiffFile): boolean {
  const ending = file.path.slice(file.path.lastIndexOf('.') + 1).toLowerCase();
  return file.kind === 'binary' && imageTypes.includes(ending);
}
