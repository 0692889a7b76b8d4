import { TriangleAlertIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '~/lib/cn.ts';

export interface ErrorPanelProps {
  problem: { title?: string; detail: string; code?: string; errors?: readonly { path: string; message: string }[] };
  /** What can be done next, as buttons or links. */
  actions?: ReactNode;
  className?: string;
  /** It is all that the page has to say: its title is the page's heading. */
  isPage?: boolean;
}

/** Something went wrong: what, why, and what to do next. Announced at once. */
export function ErrorPanel({ problem, actions, className, isPage = false }: ErrorPanelProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <section role="alert" data-slot="error-panel" className={cn('rounded-lg border border-destructive/30 bg-destructive/5 p-4', className)}>
      <div className="flex gap-3">
        <TriangleAlertIcon className="mt-0.5 size-4 shrink-0 text-destructive" aria-hidden />
        <div className="min-w-0 flex-1">
          <Title className="font-medium wrap-anywhere">{problem.title ?? 'That did not work'}</Title>
          <p className="mt-0.5 wrap-anywhere whitespace-pre-line text-muted-foreground">{problem.detail}</p>
          {problem.errors && problem.errors.length > 0 && (
            <ul className="mt-2 list-disc space-y-0.5 pl-4 text-muted-foreground">
              {problem.errors.map(({ path, message }) => (
                <li key={`${path} ${message}`} className="wrap-anywhere">
                  {path && <code className="font-mono text-xs">{path}: </code>}
                  {message}
                </li>
              ))}
            </ul>
          )}
          {actions && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
          {problem.code && <p className="mt-3 font-mono text-xs text-muted-foreground">{problem.code}</p>}
        </div>
      </div>
    </section>
  );
}
