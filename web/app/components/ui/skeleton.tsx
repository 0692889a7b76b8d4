import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

/** The place of something that is on its way; hidden from screen readers, which hear the live region instead. */
export function Skeleton({ className, ...props }: ComponentProps<'div'>) {
  return <div data-slot="skeleton" aria-hidden className={cn('animate-pulse rounded-md bg-muted', className)} {...props} />;
}
