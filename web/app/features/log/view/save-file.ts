/** Offers text as a file to save. */
export function saveText(parts: string[], name: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the link by the next task.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
