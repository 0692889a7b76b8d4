import { cn } from '~/lib/cn.ts';
import { formatClock } from '~/lib/format.ts';
import { useNow } from '~/lib/now.ts';

/** Time since `sinceMs`, ticking each second; silent to screen readers while it ticks. */
export function Elapsed({ sinceMs, className }: { sinceMs: number; className?: string }) {
  const nowMs = useNow('second');
  return (
    <span role="timer" aria-live="off" className={cn('tabular-nums', className)}>
      {nowMs === null ? '–:––' : formatClock(nowMs - sinceMs)}
    </span>
  );
}
