import { stripVTControlCharacters } from 'node:util';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** A table of aligned columns under their titles, without a border; cells must be safe text on one line. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[index] ?? ''))));
  const titles = columns.map((column) => column.title);
  return [titles, ...rows].map((row) => `${line(columns, widths, row)}\n`).join('');
}

function line(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells = columns.map((column, index) => {
    const cell = row[index] ?? '';
    const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
    return column.align === 'right' ? `${gap}${cell}` : `${cell}${gap}`;
  });
  return cells.join('  ').trimEnd();
}

/** Columns that a cell takes, colours apart; exact for the characters that we print ourselves. */
function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
