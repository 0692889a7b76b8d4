import { NavLink } from '@remix-run/react';
import { Badge } from '~/components/ui/badge.tsx';
import { Tooltip, TooltipContent, TooltipTrigger } from '~/components/ui/tooltip.tsx';
import { cn } from '~/lib/cn.ts';
import type { NavigationItem } from './navigation.ts';

export interface SideLinkProps {
  item: NavigationItem;
  /** How many things wait there; nothing is shown for 0. */
  count?: number;
  /** Icon only, with the label as a hint. */
  collapsed?: boolean;
  onNavigate?: () => void;
}

/** A link of the side navigation. */
export function SideLink({ item, count = 0, collapsed = false, onNavigate }: SideLinkProps) {
  const { to, label, icon: Icon } = item;
  const link = (
    <NavLink
      to={to}
      end={to === '/'}
      prefetch="intent"
      onClick={onNavigate}
      className={({ isActive }) =>
        cn(
          'group relative flex h-8 items-center gap-2.5 rounded-md transition-colors hover:bg-sidebar-accent hover:text-foreground',
          isActive ? 'bg-sidebar-accent font-medium text-foreground' : 'text-sidebar-foreground',
          collapsed ? 'w-8 justify-center' : 'px-2',
        )
      }
    >
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className={collapsed ? 'sr-only' : 'truncate'}>{label}</span>
      {count > 0 && <WaitingCount count={count} collapsed={collapsed} />}
    </NavLink>
  );
  if (!collapsed) return link;
  return (
    <Tooltip>
      <TooltipTrigger asChild>{link}</TooltipTrigger>
      <TooltipContent side="right">{label}</TooltipContent>
    </Tooltip>
  );
}

function WaitingCount({ count, collapsed }: { count: number; collapsed: boolean }) {
  const words = <span className="sr-only"> waiting for you</span>;
  if (collapsed) {
    return (
      <span className="absolute top-1 right-1 size-2 rounded-full bg-warning">
        <span className="sr-only">{count}</span>
        {words}
      </span>
    );
  }
  return (
    <Badge variant="warning" className="ml-auto h-4.5 min-w-4.5 justify-center px-1 tabular-nums">
      {count > 99 ? '99+' : count}
      {words}
    </Badge>
  );
}
