import { useRouteLoaderData } from '@remix-run/react';
import { useEffect, useSyncExternalStore } from 'react';
import { parsePreferences, type Preferences, type Theme, usePreference } from './preferences.ts';

const darkQuery = '(prefers-color-scheme: dark)';

/** Runs before the first paint: a person whose theme is `system` gets the dark class without a flash. */
export const systemThemeScript = `if(matchMedia(${JSON.stringify(darkQuery)}).matches)document.documentElement.classList.add('dark')`;

/** The preferences that the page was rendered with. */
export function useRenderedPreferences(): Preferences {
  const root = useRouteLoaderData('root') as { preferences: Preferences } | undefined;
  return root?.preferences ?? parsePreferences(null);
}

/** The chosen theme and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return usePreference('theme', useRenderedPreferences().theme);
}

/** The colours that are shown; `light` on the server when the device decides. */
export function useResolvedTheme(): 'light' | 'dark' {
  const [theme] = useTheme();
  const isDark = useSyncExternalStore(
    subscribeToDevice,
    () => window.matchMedia(darkQuery).matches,
    () => false,
  );
  if (theme !== 'system') return theme;
  return isDark ? 'dark' : 'light';
}

/** Keeps the `dark` class of the page in step with the theme; for the root alone. */
export function useThemeClass(): void {
  const resolved = useResolvedTheme();
  useEffect(() => {
    document.documentElement.classList.toggle('dark', resolved === 'dark');
  }, [resolved]);
}

function subscribeToDevice(notify: () => void): () => void {
  const query = window.matchMedia(darkQuery);
  query.addEventListener('change', notify);
  return () => query.removeEventListener('change', notify);
}
