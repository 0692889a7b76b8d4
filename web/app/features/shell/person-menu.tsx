import { useFetcher } from '@remix-run/react';
import { LogOutIcon, MonitorIcon, MoonIcon, SunIcon } from 'lucide-react';
import { Button } from '~/components/ui/button.tsx';
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '~/components/ui/dropdown-menu.tsx';
import { cn } from '~/lib/cn.ts';
import type { Theme } from '~/lib/preferences.ts';
import { useTheme } from '~/lib/theme.ts';

const themes = [
  { value: 'system', label: 'As the device', icon: MonitorIcon },
  { value: 'light', label: 'Light', icon: SunIcon },
  { value: 'dark', label: 'Dark', icon: MoonIcon },
] as const;

/** Who is signed in, the theme, and the way out. */
export function PersonMenu({ person, collapsed = false }: { person: { name: string; email: string }; collapsed?: boolean }) {
  const [theme, setTheme] = useTheme();
  const fetcher = useFetcher();
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          variant="ghost"
          size={collapsed ? 'icon' : 'default'}
          className={cn('mt-1 text-sidebar-foreground', !collapsed && 'h-9 w-full justify-start px-1.5')}
          aria-label={`${person.name}: account and theme`}
        >
          <Initials name={person.name} />
          {!collapsed && <span className="truncate font-normal">{person.name}</span>}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent side="top" align="start" className="w-52">
        <DropdownMenuLabel className="font-normal">
          <span className="block truncate font-medium text-foreground">{person.name}</span>
          <span className="block truncate">{person.email}</span>
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuLabel>Theme</DropdownMenuLabel>
        <DropdownMenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          {themes.map(({ value, label, icon: Icon }) => (
            <DropdownMenuRadioItem key={value} value={value}>
              <Icon className="text-muted-foreground" aria-hidden />
              {label}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => fetcher.submit(null, { method: 'post', action: '/sign-out' })}>
          <LogOutIcon className="text-muted-foreground" aria-hidden />
          Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function Initials({ name }: { name: string }) {
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
  return (
    <span
      aria-hidden
      className="inline-flex size-5.5 shrink-0 items-center justify-center rounded-full bg-primary/15 text-[0.625rem] font-semibold text-primary"
    >
      {letters}
    </span>
  );
}
