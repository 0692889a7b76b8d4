import { CircleCheckIcon, CircleDashedIcon, CircleDotIcon, CircleSlashIcon, CircleXIcon, type LucideIcon } from 'lucide-react';
import { cn } from '~/lib/cn.ts';
import { runStatusWords, type Run } from './run-facts.ts';

const looks: Readonly<Record<Run['status'], { icon: LucideIcon; className: string }>> = {
  waiting: { icon: CircleDashedIcon, className: 'text-muted-foreground' },
  working: { icon: CircleDotIcon, className: 'text-info' },
  succeeded: { icon: CircleCheckIcon, className: 'text-success' },
  failed: { icon: CircleXIcon, className: 'text-destructive' },
  cancelled: { icon: CircleSlashIcon, className: 'text-muted-foreground' },
};

/** A run's status by icon and word; `iconOnly` leaves the word to screen readers. */
export function RunStatus({ status, iconOnly = false, className }: { status: Run['status']; iconOnly?: boolean; className?: string }) {
  const { icon: Icon, className: color } = looks[status];
  return (
    <span className={cn('inline-flex items-center gap-1.5', color, className)}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className={iconOnly ? 'sr-only' : undefined}>{runStatusWords[status]}</span>
    </span>
  );
}
