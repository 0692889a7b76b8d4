import type { ComponentProps } from 'react';
import { cn } from '~/lib/cn.ts';

/** How far something is, 0 to `max` (100); null when nobody knows. Needs an `aria-label`. Drawn as SVG: no style attribute. */
export function Progress({
  className,
  value,
  max = 100,
  ...props
}: Omit<ComponentProps<'div'>, 'children'> & { value: number | null; max?: number }) {
  const share = value === null ? null : Math.min(100, Math.max(0, (value / max) * 100));
  return (
    <div
      data-slot="progress"
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={max}
      {...(value === null ? {} : { 'aria-valuenow': value })}
      className={cn('h-1.5 w-full overflow-hidden rounded-full bg-muted', className)}
      {...props}
    >
      {share === null ? (
        <div className="h-full w-1/3 animate-progress rounded-full bg-primary" />
      ) : (
        <svg className="h-full w-full" aria-hidden>
          <rect className="fill-primary" width={`${share}%`} height="100%" />
        </svg>
      )}
    </div>
  );
}
