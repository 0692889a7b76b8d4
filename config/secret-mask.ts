import { partialMatch } from './partial-match.ts';
import { formsOf } from './secret-forms.ts';

/** What stands for a secret in a text: each form of its value, and the words in its place. */
export type Masks = ReadonlyMap<string, string>;

/** The masks of named secrets: `[secret NAME]` for whatever form of the value is met. Pure. */
export function masksOf(secrets: readonly { name: string; value: string }[]): Masks {
  return new Map(secrets.flatMap(({ name, value }) => formsOf(value).map((form) => [form, maskOf(name)] as const)));
}

/** What people read instead of a secret's value. */
function maskOf(name: string): string {
  return `[secret ${name}]`;
}

interface Span {
  start: number;
  end: number;
  masks: string[];
}

/** Where forms stand in the text, those that overlap as one, in their order. */
function spansOf(text: string, masks: Masks): Span[] {
  const found: Span[] = [];
  for (const [form, mask] of masks) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length))
      found.push({ start: at, end: at + form.length, masks: [mask] });
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  for (const span of found) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else {
      last.end = Math.max(last.end, span.end);
      for (const mask of span.masks) if (!last.masks.includes(mask)) last.masks.push(mask);
    }
  }
  return merged;
}

/** The text with every form replaced. Pure. */
export function maskText(text: string, masks: Masks): string {
  let result = '';
  let from = 0;
  for (const { start, end, masks: words } of spansOf(text, masks)) {
    result += text.slice(from, start) + words.join('');
    from = end;
  }
  return from === 0 ? text : result + text.slice(from);
}

/** Masks a text that comes in pieces. */
export interface MaskStream {
  /** What may be shown by now: the end of a text that may be the beginning of a secret waits for what follows. */
  write(piece: string): string;
  /** What was held back. */
  end(): string;
}

/** A secret that is split over pieces is masked as in one. Holds back no more than one form is long, and only what could become one. */
export function createMaskStream(masks: Masks): MaskStream {
  let held = '';
  return {
    write(piece) {
      const text = held + piece;
      const keep = Math.max(0, ...[...masks.keys()].map((form) => partialMatch(text, form)));
      let cut = text.length - keep;
      // A secret that reaches into what waits is decided with it.
      for (const { start, end } of spansOf(text, masks)) if (start < cut && end > cut) cut = start;
      held = text.slice(cut);
      return maskText(text.slice(0, cut), masks);
    },
    end() {
      const rest = maskText(held, masks);
      held = '';
      return rest;
    },
  };
}
