import { CircleCheckIcon, CircleDashedIcon, CircleDotIcon, CircleSlashIcon, CircleXIcon, type LucideIcon } from 'lucide-react';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { cn } from '~/lib/cn.ts';
import { type RunStatus, runStatuses } from './filters.ts';

const looks: Readonly<Record<RunStatus, { variant: BadgeVariant; icon: LucideIcon }>> = {
  working: { variant: 'info', icon: CircleDotIcon },
  waiting: { variant: 'secondary', icon: CircleDashedIcon },
  succeeded: { variant: 'success', icon: CircleCheckIcon },
  failed: { variant: 'destructive', icon: CircleXIcon },
  cancelled: { variant: 'secondary', icon: CircleSlashIcon },
};

const colors: Readonly<Partial<Record<BadgeVariant, string>>> = {
  info: 'text-info',
  success: 'text-success',
  destructive: 'text-destructive',
  warning: 'text-warning',
};

/** A run's status in a word. */
export function labelOf(status: RunStatus): string {
  return runStatuses.find((known) => known.status === status)?.label ?? status;
}

/** A run's status by icon, word and colour. */
export function RunStatusBadge({ status }: { status: RunStatus }) {
  const { variant, icon: Icon } = looks[status];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden />
      {labelOf(status)}
    </Badge>
  );
}

/** The same where there is room for the icon alone; the word is for screen readers. */
export function RunStatusIcon({ status, className }: { status: RunStatus; className?: string }) {
  const { variant, icon: Icon } = looks[status];
  return (
    <>
      <Icon className={cn('size-4 shrink-0', colors[variant] ?? 'text-muted-foreground', className)} aria-hidden />
      <span className="sr-only">{labelOf(status)}</span>
    </>
  );
}
