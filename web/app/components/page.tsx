import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

const widths = { narrow: 'max-w-3xl', wide: 'max-w-6xl', full: '' };

/** The room that a page has inside the frame: its margins, and no wider than reads well. */
export function Page({ className, width = 'wide', ...props }: ComponentProps<'div'> & { width?: keyof typeof widths }) {
  return <div data-slot="page" className={cn('mx-auto w-full px-4 py-5 sm:px-6', widths[width], className)} {...props} />;
}
