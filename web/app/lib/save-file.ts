/** Offers bytes as a file to save. Only in a browser. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the link by the next task.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** Offers text, in pieces, as a file to save. Only in a browser. */
export function saveText(parts: string[], name: string): void {
  saveFile(new Blob(parts, { type: 'text/plain;charset=utf-8' }), name);
}
