/** A place in a log that an address names: an event by its number, and a line of the text below it, counted from 1. */
export interface LinePlace {
  seq: number;
  line: number | null;
}

/** Reads `#seq-123` and `#seq-123-L45`; null for anything else. */
export function parseLineHash(hash: string): LinePlace | null {
  const match = /^#seq-([1-9]\d{0,14})(?:-L([1-9]\d{0,8}))?$/.exec(hash);
  if (!match?.[1]) return null;
  return { seq: Number(match[1]), line: match[2] === undefined ? null : Number(match[2]) };
}

/** The hash that `parseLineHash` reads. */
export function lineHash({ seq, line }: LinePlace): string {
  return `#seq-${seq}${line === null ? '' : `-L${line}`}`;
}
