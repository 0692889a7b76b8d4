import type { ReactNode } from 'react';
import { cn } from '~/lib/cn.ts';

export interface PageHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** The head of a page: its one `h1`, a line about it, and what can be done here. */
export function PageHeader({ title, description, actions, className }: PageHeaderProps) {
  return (
    <header className={cn('flex flex-wrap items-start justify-between gap-x-6 gap-y-3 base:pb-5', className)}>
      <div className="min-w-0 flex-1 basis-60">
        <h1 className="text-lg leading-7 font-semibold wrap-anywhere">{title}</h1>
        {description && <p className="mt-0.5 max-w-prose text-muted-foreground">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
