import { useFetcher, useNavigate } from '@remix-run/react';
import { KeyboardIcon, LogOutIcon, MonitorIcon, MoonIcon, PlusIcon, SunIcon } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { PaletteEntry } from '~/features/palette/palette.tsx';
import { useShortcut } from '~/lib/shortcuts.ts';
import { useTheme } from '~/lib/theme.ts';
import { mainPages, type NavigationItem, settingsPage } from './navigation.ts';
import { Keys, ShortcutsDialog } from './shortcuts-dialog.tsx';

const Palette = lazy(() => import('~/features/palette/palette.tsx').then((module) => ({ default: module.Palette })));
const allPages = [...mainPages, settingsPage];

export interface Commands {
  openPalette: () => void;
  openShortcuts: () => void;
  /** The dialogs; to be rendered once. */
  dialogs: React.ReactNode;
}

/** The palette and the list of shortcuts, with the keys that open them and the keys that lead to pages. */
export function useCommands(): Commands {
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null);
  // Its script is loaded at the first opening; from then on it stays, so that it can close with its animation.
  const [hasOpened, setHasOpened] = useState(false);
  const navigate = useNavigate();
  const openPalette = () => {
    setHasOpened(true);
    setOpen('palette');
  };
  const openShortcuts = () => setOpen('shortcuts');
  const actions = useActions(openShortcuts);
  const pages = allPages.map(({ to, label, icon, key }) => ({ label, icon, keys: <Keys keys={`g ${key}`} />, run: () => navigate(to) }));

  useShortcut('mod+k', 'Search or jump to', openPalette, { group: 'General', always: true });
  useShortcut('?', 'Show keyboard shortcuts', openShortcuts, { group: 'General' });
  useShortcut('c', 'New request', () => navigate('/requests/new'), { group: 'General' });

  const dialogs = (
    <>
      {allPages.map((page) => (
        <PageKey key={page.to} page={page} />
      ))}
      {hasOpened && (
        <Suspense fallback={null}>
          <Palette
            open={open === 'palette'}
            onOpenChange={(isOpen) => setOpen(isOpen ? 'palette' : null)}
            pages={pages}
            actions={actions}
          />
        </Suspense>
      )}
      <ShortcutsDialog open={open === 'shortcuts'} onOpenChange={(isOpen) => setOpen(isOpen ? 'shortcuts' : null)} />
    </>
  );
  return { openPalette, openShortcuts, dialogs };
}

/** The key of one page. */
function PageKey({ page }: { page: NavigationItem }) {
  const navigate = useNavigate();
  useShortcut(`g ${page.key}`, page.label, () => navigate(page.to), { group: 'Go to' });
  return null;
}

function useActions(openShortcuts: () => void): PaletteEntry[] {
  const navigate = useNavigate();
  const fetcher = useFetcher();
  const [theme, setTheme] = useTheme();
  const themes: PaletteEntry[] = [
    { label: 'Light theme', icon: SunIcon, run: () => setTheme('light') },
    { label: 'Dark theme', icon: MoonIcon, run: () => setTheme('dark') },
    { label: 'Theme as the device', icon: MonitorIcon, run: () => setTheme('system') },
  ];
  const current = { light: 0, dark: 1, system: 2 }[theme];
  return [
    { label: 'New request', icon: PlusIcon, keys: <Keys keys="c" />, run: () => navigate('/requests/new') },
    ...themes.filter((_, index) => index !== current),
    { label: 'Keyboard shortcuts', icon: KeyboardIcon, keys: <Keys keys="?" />, run: openShortcuts },
    { label: 'Sign out', icon: LogOutIcon, run: () => fetcher.submit(null, { method: 'post', action: '/sign-out' }) },
  ];
}
