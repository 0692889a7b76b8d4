import Anser from 'anser';

/** The colours that a log is shown in: few, so that each can be readable on both themes. */
const colors = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
export type Color = (typeof colors)[number];

/** Follows the styles that a program switches on and off. */
export interface StyleState {
  /** Takes what follows the introducer of a select-graphic-rendition sequence, as `1;31m`. */
  apply(code: string): void;
  /** Tokens: `fg-<color>`, `bg-<color>`, bold, dim, italic, underline, strike, inverse; '' for none. */
  readonly tokens: string;
}

const decorations = {
  bold: 'bold',
  dim: 'dim',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  reverse: 'inverse',
  // Nothing that is in a log may be hidden from its reader, and nothing blinks.
  hidden: null,
  blink: null,
} as const;

/** A state in which nothing is styled. Colours of the 256 and the 16 million are brought to the nearest of the eight. */
export function createStyleState(): StyleState {
  const anser = new Anser() as Anser & { decorations: (keyof typeof decorations)[] };
  let tokens = '';
  return {
    apply(code) {
      const style = anser.processChunkJson(code, { use_classes: true }, true);
      // It keeps a decoration as often as it was switched on, and a hostile output may switch it on for ever.
      anser.decorations = [...new Set(anser.decorations)];
      const parts = [
        colorToken('fg', style.fg, style.fg_truecolor),
        colorToken('bg', style.bg, style.bg_truecolor),
        ...anser.decorations.map((name) => decorations[name]),
      ];
      tokens = parts.filter((part) => part !== null).join(' ');
    },
    get tokens() {
      return tokens;
    },
  };
}

function colorToken(layer: 'fg' | 'bg', name: string | null, trueColor: string | null): string | null {
  if (!name) return null;
  return `${layer}-${colorOf(name, trueColor)}`;
}

/** From Anser's class names: `ansi-red`, `ansi-bright-red`, `ansi-palette-123`, `ansi-truecolor`. */
function colorOf(name: string, trueColor: string | null): Color {
  const word = name.replace(/^ansi-(bright-)?/, '');
  const named = colors.find((color) => color === word);
  if (named) return named;
  if (word.startsWith('palette-')) return nearestColor(...paletteColor(Number(word.slice('palette-'.length))));
  const [red = 0, green = 0, blue = 0] = (trueColor ?? '').split(',').map(Number);
  return nearestColor(red, green, blue);
}

/** Red, green and blue of a place in the 256-colour palette from 16 on: a cube of six levels, then greys. */
function paletteColor(index: number): [number, number, number] {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const place = index - 16;
  return [level(Math.floor(place / 36)), level(Math.floor(place / 6) % 6), level(place % 6)];
}

/** The colour of the eight with the same hue; greys go by their lightness. */
function nearestColor(red: number, green: number, blue: number): Color {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 40) return most < 128 ? 'black' : 'white';
  const middle = (most + least) / 2;
  const place = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
  return colors[place] ?? 'white';
}
