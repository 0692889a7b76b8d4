/** The end of a container's log without the frames of its two streams, in one line. Pure. */
export function printable(log: string): string {
  return log
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(-300);
}
