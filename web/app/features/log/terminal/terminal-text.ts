import { readEscape } from './escape.ts';
import type { Line } from './line.ts';
import { OpenLine } from './open-line.ts';
import { createStyleState } from './style.ts';
import { nextSpecial, visibleMark } from './visible.ts';

const special = nextSpecial();

/**
 * Output as a terminal would show it, line by line, from pieces that may be cut anywhere. Understands line feeds, carriage
 * returns, backspaces, erasing within a line and styles; what else would act on a reader becomes a visible mark. Adding text
 * costs what the text costs.
 */
export class TerminalText {
  private readonly done: Line[] = [];
  private readonly style = createStyleState();
  private open = new OpenLine();
  private returns = false;
  private held = '';
  private read: Line | null = null;

  /** Lines there are; a last one without a line feed counts once it holds something. */
  get lineCount(): number {
    return this.done.length + (this.open.isEmpty ? 0 : 1);
  }

  /** How many lines will never change again. */
  get settledCount(): number {
    return this.done.length;
  }

  /** The line at `index` from 0; an empty one outside. */
  line(index: number): Line {
    const settled = this.done[index];
    if (settled) return settled;
    this.read ??= this.open.read();
    return this.read;
  }

  /** Adds text. */
  write(chunk: string): void {
    const text = this.held + chunk;
    this.held = '';
    this.read = null;
    let at = 0;
    while (at < text.length) {
      special.lastIndex = at;
      const end = special.exec(text)?.index ?? text.length;
      if (end > at) this.put(text.slice(at, end));
      if (end === text.length) return;
      const next = this.control(text, end);
      if (next === null) {
        this.held = text.slice(end);
        return;
      }
      at = next;
    }
  }

  /** Handles the special character at `at`; null when more text is needed to understand it. */
  private control(text: string, at: number): number | null {
    const character = text[at] ?? '';
    switch (character) {
      case '\n':
        this.newLine();
        return at + 1;
      case '\r':
        this.returns = true;
        return at + 1;
      case '\b':
        this.applyReturn();
        this.open.moveBy(-1);
        return at + 1;
      case '\u0007':
        return at + 1;
      case '\u001b':
        return this.escape(text, at);
      default:
        this.put(visibleMark(character));
        return at + 1;
    }
  }

  private escape(text: string, at: number): number | null {
    const escape = readEscape(text, at);
    switch (escape.kind) {
      case 'incomplete':
        return null;
      case 'broken':
        this.put(visibleMark('\u001b'));
        return escape.end;
      case 'style':
        this.style.apply(escape.code);
        return escape.end;
      case 'erase':
        this.applyReturn();
        this.open.erase(escape.mode);
        return escape.end;
      case 'column':
        this.applyReturn();
        if (!this.open.moveTo(escape.column)) this.newLine();
        return escape.end;
      case 'move':
        this.applyReturn();
        this.open.moveBy(escape.columns);
        return escape.end;
      case 'ignored':
        return escape.end;
    }
  }

  private put(piece: string): void {
    this.applyReturn();
    this.open.put(piece, this.style.tokens);
  }

  /** A carriage return counts only when something other than a line feed follows. */
  private applyReturn(): void {
    if (!this.returns) return;
    this.returns = false;
    if (!this.open.isEmpty && !this.open.moveTo(0)) this.newLine();
  }

  private newLine(): void {
    this.returns = false;
    this.done.push(this.open.read());
    this.open = new OpenLine();
  }
}
