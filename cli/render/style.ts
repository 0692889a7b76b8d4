import { styleText } from 'node:util';

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Paints text when `color` holds, returns it as it is otherwise. */
export type Style = (format: Format, text: string) => string;

/** Colour only on a terminal, and never when NO_COLOR is set to anything (https://no-color.org). */
export function useColor(stream: { isTTY?: boolean }, env: { NO_COLOR?: string; TERM?: string }): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** A painter for one stream. */
export function createStyle(color: boolean): Style {
  return (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
}
