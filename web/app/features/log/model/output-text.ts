import { plainLine, type Line } from '../terminal/line.ts';
import { TerminalText } from '../terminal/terminal-text.ts';

/** Characters of a first line that is remembered as it came, for what may be told to stand before it. */
const longestHead = 1024 * 1024;

/**
 * The text under an entry: a lead that it always begins with, what is told late but stands first (`precedes`), and what was
 * streamed. One run of lines to its readers.
 */
export class OutputText {
  private readonly lead = new TerminalText();
  /** What stands before the streamed text, as it came. */
  private before = '';
  private streamed = new TerminalText();
  /** The streamed text's first line as it came: whatever stands before decides what becomes of it. */
  private head = '';
  private headIsWhole = false;
  /** `before` with the head behind it; null while there is nothing before, or it has to be made anew. */
  private opening: TerminalText | null = null;
  private turns = 0;

  constructor(lead = '') {
    if (lead !== '') this.lead.write(lead.endsWith('\n') ? lead : `${lead}\n`);
  }

  /** Changes when lines that were settled may have changed: what was remembered of them is void. */
  get epoch(): number {
    return this.turns;
  }

  get lineCount(): number {
    return this.lead.lineCount + this.openingCount + this.restCount;
  }

  /** Lines from the top that stay as they are within this epoch. */
  get settledCount(): number {
    if (this.before !== '' && this.restCount === 0) return this.lead.lineCount + (this.opened?.settledCount ?? 0);
    return this.lineCount - this.streamed.lineCount + this.streamed.settledCount;
  }

  /** The line at `index` from 0; an empty one outside. */
  line(index: number): Line {
    if (index < this.lead.lineCount) return this.lead.line(index);
    const place = index - this.lead.lineCount;
    if (place < this.openingCount) return this.opened?.line(place) ?? plainLine('');
    const rest = place - this.openingCount;
    return rest < this.restCount ? this.streamed.line(rest + this.streamed.lineCount - this.restCount) : plainLine('');
  }

  /** Adds text at the end. */
  write(text: string): void {
    this.streamed.write(text);
    if (this.headIsWhole) return;
    this.keepHead(text);
    if (this.before === '') return;
    this.opening = null;
    this.turns++;
  }

  /** Adds text that stands before all that `write` got, and behind earlier such text. */
  writeBefore(text: string): void {
    this.before += text;
    this.opening = null;
    this.turns++;
  }

  /** Puts the whole text in the place of all that `write` got. */
  replace(text: string): void {
    this.streamed = new TerminalText();
    this.head = '';
    this.headIsWhole = false;
    this.write(text);
    this.turns++;
  }

  private keepHead(text: string): void {
    const end = text.indexOf('\n');
    this.headIsWhole = end !== -1 || this.head.length + text.length > longestHead;
    this.head += end === -1 ? text : text.slice(0, end + 1);
  }

  private get opened(): TerminalText | null {
    if (this.opening || this.before === '') return this.opening;
    this.opening = new TerminalText();
    this.opening.write(this.before);
    this.opening.write(this.head);
    return this.opening;
  }

  private get openingCount(): number {
    return this.opened?.lineCount ?? 0;
  }

  /** Streamed lines that stand for themselves: all, or those behind the first when that is part of the opening. */
  private get restCount(): number {
    return Math.max(0, this.streamed.lineCount - (this.before === '' ? 0 : 1));
  }
}
