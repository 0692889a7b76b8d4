/** A stretch of a line in one style; offsets are UTF-16 units, `end` exclusive. `style` holds tokens as `style.ts` names them. */
export interface Span {
  start: number;
  end: number;
  style: string;
}

/** One line as a terminal would show it: plain text without control characters, and where it is styled. */
export interface Line {
  text: string;
  spans: readonly Span[];
}

/** What all plain lines share instead of an array of their own. */
export const noSpans: readonly Span[] = [];

/** A plain line. */
export function plainLine(text: string): Line {
  return { text, spans: noSpans };
}

/** The part [start, end) of a line, with its styles. Cuts no surrogate pair in two: a bound inside one moves before it. */
export function sliceLine(line: Line, start: number, end: number): Line {
  const from = beforePair(line.text, start);
  const to = beforePair(line.text, end);
  if (line.spans.length === 0) return plainLine(line.text.slice(from, to));
  const spans = line.spans.flatMap((span) => {
    const within = { ...span, start: Math.max(span.start, from) - from, end: Math.min(span.end, to) - from };
    return within.start < within.end ? [within] : [];
  });
  return { text: line.text.slice(from, to), spans };
}

function beforePair(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  const code = text.charCodeAt(at);
  const splits = code >= 0xdc00 && code <= 0xdfff && isHigh(text.charCodeAt(at - 1));
  return splits ? at - 1 : at;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
