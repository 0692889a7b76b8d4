import { MonitorIcon, MoonIcon, SunIcon } from 'lucide-react';
import { useTheme } from '~/lib/theme.ts';

const themes = [
  { value: 'system', label: 'As the device', icon: MonitorIcon },
  { value: 'light', label: 'Light', icon: SunIcon },
  { value: 'dark', label: 'Dark', icon: MoonIcon },
] as const;

/** The colours of this browser. */
export function Appearance() {
  const [theme, setTheme] = useTheme();
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">Theme</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {themes.map(({ value, label, icon: Icon }) => (
          <label
            key={value}
            className="flex min-h-9 items-center gap-2 rounded-md border px-3 py-1.5 text-sm has-checked:border-primary has-checked:bg-primary/5"
          >
            <input
              type="radio"
              name="theme"
              value={value}
              checked={theme === value}
              onChange={() => setTheme(value)}
              className="size-4 accent-primary"
            />
            <Icon className="size-4 text-muted-foreground" aria-hidden />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
