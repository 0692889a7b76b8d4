import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

/** A key. */
export function Kbd({ className, ...props }: ComponentProps<'kbd'>) {
  return (
    <kbd
      data-slot="kbd"
      className={cn(
        'base:inline-flex h-5 min-w-5 items-center justify-center rounded-sm border bg-muted base:px-1 font-sans text-[0.6875rem] font-medium text-muted-foreground select-none',
        className,
      )}
      {...props}
    />
  );
}

/** Keys that belong together. */
export function KbdGroup({ className, ...props }: ComponentProps<'span'>) {
  return <span data-slot="kbd-group" className={cn('inline-flex items-center gap-1', className)} {...props} />;
}
