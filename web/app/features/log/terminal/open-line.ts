import { noSpans, type Line, type Span } from './line.ts';

interface Cell {
  character: string;
  style: string;
}

/** Columns up to which a line can be written over, as progress bars do; a longer one begins anew instead. */
const widestOverwritten = 4096;
/** Columns that a jump to the right may skip at once: a few characters must not become a long line. */
const widestJump = 200;

/**
 * The line that output is being written to. As long as it only grows it is text and spans; from the first step back on it is
 * cells, one a character.
 */
export class OpenLine {
  private text = '';
  private spans: Span[] = [];
  private cells: Cell[] | null = null;
  private column = 0;

  get isEmpty(): boolean {
    return this.cells ? this.cells.length === 0 : this.text === '';
  }

  /** Writes where the cursor is, over what stands there. */
  put(piece: string, style: string): void {
    if (this.cells && this.column === this.cells.length && this.column > widestOverwritten) this.settle();
    if (this.cells) {
      for (const character of piece) this.cells[this.column++] = { character, style };
      return;
    }
    if (style !== '') this.addSpan(this.text.length, this.text.length + piece.length, style);
    this.text += piece;
  }

  /** Moves the cursor to a column, counted from 0. False: the line is too long for that. */
  moveTo(column: number): boolean {
    const cells = this.toCells();
    if (!cells) return false;
    const target = Math.min(Math.max(0, column), cells.length + widestJump, widestOverwritten);
    while (cells.length < target) cells.push({ character: ' ', style: '' });
    this.column = target;
    return true;
  }

  /** Moves the cursor by columns, negative to the left. False: the line is too long for that. */
  moveBy(columns: number): boolean {
    const cells = this.toCells();
    return cells !== null && this.moveTo(this.column + columns);
  }

  /** Erases as `Escape` says; the cursor stays. At the end of a line that only grew there is nothing to erase to the right. */
  erase(mode: 0 | 1 | 2): void {
    if (!this.cells && mode === 0) return;
    const cells = this.toCells();
    if (!cells) return;
    if (mode === 0) cells.length = Math.min(cells.length, this.column);
    else if (mode === 2 && this.column === 0) cells.length = 0;
    else cells.fill({ character: ' ', style: '' }, 0, mode === 1 ? this.column + 1 : cells.length);
  }

  /** The line as it is now. */
  read(): Line {
    if (!this.cells) return { text: this.text, spans: this.spans.length === 0 ? noSpans : this.spans.slice() };
    return readCells(this.cells);
  }

  private toCells(): Cell[] | null {
    if (this.cells) return this.cells;
    if (this.text.length > widestOverwritten) return null;
    const cells: Cell[] = [];
    let offset = 0;
    let next = 0;
    for (const character of this.text) {
      while ((this.spans[next]?.end ?? Infinity) <= offset) next++;
      const span = this.spans[next];
      cells.push({ character, style: span && span.start <= offset ? span.style : '' });
      offset += character.length;
    }
    this.cells = cells;
    this.column = cells.length;
    return cells;
  }

  /** Back to text: the line grows without bound and is not written over any more. */
  private settle(): void {
    const { text, spans } = this.read();
    this.text = text;
    this.spans = [...spans];
    this.cells = null;
  }

  private addSpan(start: number, end: number, style: string): void {
    const last = this.spans.at(-1);
    if (last && last.end === start && last.style === style) this.spans[this.spans.length - 1] = { ...last, end };
    else this.spans.push({ start, end, style });
  }
}

function readCells(cells: readonly Cell[]): Line {
  const spans: Span[] = [];
  let text = '';
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (style !== '') {
      if (last && last.end === text.length && last.style === style) last.end += character.length;
      else spans.push({ start: text.length, end: text.length + character.length, style });
    }
    text += character;
  }
  return { text, spans: spans.length === 0 ? noSpans : spans };
}
