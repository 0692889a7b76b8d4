import { Link } from '@remix-run/react';
import { PanelLeftIcon, PlusIcon } from 'lucide-react';
import { Button } from '~/components/ui/button.tsx';
import { Tooltip, TooltipContent, TooltipTrigger } from '~/components/ui/tooltip.tsx';
import { cn } from '~/lib/cn.ts';
import { usePreference } from '~/lib/preferences.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { useRenderedPreferences } from '~/lib/theme.ts';
import { SideLink } from './nav-link.tsx';
import { mainPages, type NavigationProps, settingsPage } from './navigation.ts';
import { PersonMenu } from './person-menu.tsx';

/** The navigation at the side, from 768 px on; collapses to icons, and remembers that. */
export function Sidebar({ person, counts }: NavigationProps) {
  const [state, setState] = usePreference('sidebar', useRenderedPreferences().sidebar);
  const collapsed = state === 'closed';
  const toggle = () => setState(collapsed ? 'open' : 'closed');
  useShortcut('[', 'Collapse or expand the navigation', toggle, { group: 'General' });
  return (
    <aside
      data-collapsed={collapsed}
      className={cn(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-sidebar-border bg-sidebar p-2 md:flex',
        collapsed ? 'w-12.5' : 'w-56',
      )}
    >
      <div className={cn('mb-2 flex h-9 items-center gap-2', collapsed ? 'flex-col' : 'pl-1.5')}>
        {!collapsed && <Brand />}
        <Tooltip>
          <TooltipTrigger asChild>
            <Button
              variant="ghost"
              size="icon"
              className={cn('text-sidebar-foreground', !collapsed && 'ml-auto')}
              aria-expanded={!collapsed}
              aria-label={collapsed ? 'Expand the navigation' : 'Collapse the navigation'}
              onClick={toggle}
            >
              <PanelLeftIcon aria-hidden />
            </Button>
          </TooltipTrigger>
          <TooltipContent side="right">{collapsed ? 'Expand' : 'Collapse'}</TooltipContent>
        </Tooltip>
      </div>
      <NewRequest collapsed={collapsed} />
      <nav aria-label="Main" className="mt-3 flex flex-1 flex-col gap-0.5 overflow-y-auto">
        {mainPages.map((item) => (
          <SideLink key={item.to} item={item} collapsed={collapsed} count={counts[item.to]} />
        ))}
        <span className="flex-1" />
        <SideLink item={settingsPage} collapsed={collapsed} />
      </nav>
      <PersonMenu person={person} collapsed={collapsed} />
    </aside>
  );
}

function Brand() {
  return (
    <Link to="/" className="flex min-h-6 items-center gap-2 rounded-sm font-semibold">
      <img src="/favicon.svg" alt="" width={18} height={18} />
      AstraForge
    </Link>
  );
}

function NewRequest({ collapsed }: { collapsed: boolean }) {
  return (
    <Button asChild size={collapsed ? 'icon' : 'default'} className={collapsed ? undefined : 'w-full justify-start'}>
      <Link to="/requests/new" prefetch="intent">
        <PlusIcon aria-hidden />
        <span className={collapsed ? 'sr-only' : undefined}>New request</span>
      </Link>
    </Button>
  );
}
