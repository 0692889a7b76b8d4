/** Every class is written out, so that Tailwind finds it. Text colours hold 4.5:1 on the page and on each background here. */
const classes: Readonly<Record<string, string>> = {
  'fg-black': 'text-zinc-600 dark:text-zinc-400',
  'fg-red': 'text-red-800 dark:text-red-300',
  'fg-green': 'text-green-800 dark:text-green-300',
  'fg-yellow': 'text-amber-900 dark:text-amber-200',
  'fg-blue': 'text-blue-800 dark:text-blue-300',
  'fg-magenta': 'text-fuchsia-800 dark:text-fuchsia-300',
  'fg-cyan': 'text-cyan-900 dark:text-cyan-300',
  'fg-white': 'text-foreground',
  'bg-black': 'bg-zinc-200 dark:bg-zinc-800',
  'bg-red': 'bg-red-100 dark:bg-red-950',
  'bg-green': 'bg-green-100 dark:bg-green-950',
  'bg-yellow': 'bg-amber-100 dark:bg-amber-950',
  'bg-blue': 'bg-blue-100 dark:bg-blue-950',
  'bg-magenta': 'bg-fuchsia-100 dark:bg-fuchsia-950',
  'bg-cyan': 'bg-cyan-100 dark:bg-cyan-950',
  'bg-white': 'bg-zinc-200 dark:bg-zinc-800',
  bold: 'font-semibold',
  // Fainter colours would not be readable: dim text is only lighter in weight.
  dim: 'font-light',
  italic: 'italic',
  underline: 'underline',
  strike: 'line-through',
};

const known = new Map<string, string>();

/** The classes of a line's style (`terminal/style.ts`). */
export function classesOf(style: string): string {
  const before = known.get(style);
  if (before !== undefined) return before;
  const tokens = style.split(' ');
  const inverse = tokens.includes('inverse');
  const shown = inverse ? tokens.filter((token) => !token.startsWith('fg-') && !token.startsWith('bg-')) : tokens;
  const found = [...(inverse ? ['bg-foreground text-background'] : []), ...shown.flatMap((token) => classes[token] ?? [])].join(' ');
  known.set(style, found);
  return found;
}
