import { joinLines, plainLine, type Line } from '../terminal/line.ts';
import { TerminalText } from '../terminal/terminal-text.ts';

/**
 * The text under an entry: a lead that it always begins with, what is told late but stands first (`precedes`), and what was
 * streamed. One run of lines to its readers.
 */
export class OutputText {
  private readonly lead = new TerminalText();
  private readonly before = new TerminalText();
  private main = new TerminalText();
  private turns = 0;

  constructor(lead = '') {
    if (lead !== '') this.lead.write(lead.endsWith('\n') ? lead : `${lead}\n`);
  }

  /** Changes when lines that were settled may have changed: what was remembered of them is void. */
  get epoch(): number {
    return this.turns;
  }

  get lineCount(): number {
    return this.lead.lineCount + this.before.lineCount + this.main.lineCount - (this.meetsMidLine ? 1 : 0);
  }

  /** Lines from the top that stay as they are within this epoch. */
  get settledCount(): number {
    return this.main.lineCount === 0 ? 0 : this.lineCount - this.main.lineCount + this.main.settledCount;
  }

  /** The line at `index` from 0; an empty one outside. */
  line(index: number): Line {
    if (index < this.lead.lineCount) return this.lead.line(index);
    const place = index - this.lead.lineCount;
    const beforeCount = this.before.lineCount;
    if (this.meetsMidLine && place === beforeCount - 1) return joinLines(this.before.line(place), this.main.line(0));
    if (place < beforeCount) return this.before.line(place);
    const mainPlace = place - beforeCount + (this.meetsMidLine ? 1 : 0);
    return mainPlace < this.main.lineCount ? this.main.line(mainPlace) : plainLine('');
  }

  /** Adds text at the end. */
  write(text: string): void {
    this.main.write(text);
  }

  /** Adds text that stands before all that `write` got, and behind earlier such text. */
  writeBefore(text: string): void {
    this.before.write(text);
    this.turns++;
  }

  /** Puts the whole text in the place of all that `write` got. */
  replace(text: string): void {
    this.main = new TerminalText();
    this.main.write(text);
    this.turns++;
  }

  private get meetsMidLine(): boolean {
    return !this.before.endsLine && this.main.lineCount > 0;
  }
}
