import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '~/lib/cn.ts';

export interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** Teaches: what will be here, and how it gets here. */
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** What a list shows when it has nothing. */
export function EmptyState({ icon: Icon, title, children, action, className }: EmptyStateProps) {
  return (
    <div
      data-slot="empty-state"
      className={cn('flex flex-col items-center rounded-lg border border-dashed px-6 base:py-10 text-center', className)}
    >
      <span className="mb-3 inline-flex size-9 items-center justify-center rounded-lg border bg-muted text-muted-foreground">
        <Icon className="size-4.5" aria-hidden />
      </span>
      <p className="font-medium">{title}</p>
      {children && <div className="mt-1 max-w-md text-muted-foreground">{children}</div>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
