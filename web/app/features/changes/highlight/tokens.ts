import type { CodeNode } from '~/components/highlight.ts';
import type { Range } from '../patch/words.ts';

/** A stretch of a line under one class of the highlighter (`hljs-keyword` …); null for plain text. */
export interface Token {
  text: string;
  className: string | null;
}

/** What is drawn: a token, cut where a changed word begins or ends. */
export interface Span extends Token {
  isChanged: boolean;
}

/** Cuts highlighted code into lines; tokens that run over a line break go on in the next line. */
export function tokenLines(nodes: readonly CodeNode[]): Token[][] {
  const lines: Token[][] = [[]];

  function add(text: string, className: string | null): void {
    text.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push({ text: part, className });
    });
  }

  function walk(node: CodeNode, className: string | null): void {
    if (typeof node === 'string') return add(node, className);
    const own = classOf(node.className) ?? className;
    for (const child of node.children) walk(child, own);
  }

  for (const node of nodes) walk(node, null);
  return lines;
}

/** Only the highlighter's own class names: letters, digits, dash and underscore. */
function classOf(names: string): string | null {
  const [first = ''] = names.split(' ');
  return /^hljs-[\w-]+$/.test(first) ? first : null;
}

/** Lays changed words over tokens. Tokens that do not make up the text (a stale highlight) are left out. */
export function spansOf(text: string, tokens: readonly Token[] | null, changed: readonly Range[]): Span[] {
  const usable = tokens && tokens.reduce((sum, token) => sum + token.text.length, 0) === text.length ? tokens : [{ text, className: null }];
  const cuts = changed.flatMap(({ start, end }) => [start, end]);
  const spans: Span[] = [];
  let position = 0;
  for (const token of usable) {
    const end = position + token.text.length;
    const inside = cuts.filter((cut) => cut > position && cut < end);
    for (const stop of [...inside, end]) {
      const isChanged = changed.some((range) => range.start <= position && stop <= range.end);
      if (stop > position) spans.push({ text: text.slice(position, stop), className: token.className, isChanged });
      position = stop;
    }
  }
  return spans;
}

/** Shortens what is drawn to `cap` UTF-16 units; answers how many are left out. */
export function clip(spans: readonly Span[], cap: number): { spans: Span[]; hidden: number } {
  const kept: Span[] = [];
  let room = cap;
  let hidden = 0;
  for (const span of spans) {
    const text = span.text.slice(0, room);
    if (text !== '') kept.push({ ...span, text });
    room -= text.length;
    hidden += span.text.length - text.length;
  }
  return { spans: kept, hidden };
}
