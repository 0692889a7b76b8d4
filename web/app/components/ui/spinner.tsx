import { Loader2Icon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

/** Something is going on. Hidden from screen readers unless it has an `aria-label`. */
export function Spinner({ className, ...props }: ComponentProps<'svg'>) {
  const label = props['aria-label'];
  return (
    <Loader2Icon
      {...(label ? { role: 'status' } : { 'aria-hidden': true })}
      data-slot="spinner"
      className={cn('base:size-4 animate-spin', className)}
      {...(props as object)}
    />
  );
}
