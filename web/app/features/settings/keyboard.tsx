import { Kbd } from '~/components/ui/kbd.tsx';
import { Switch } from '~/components/ui/switch.tsx';
import { ToggleField } from '~/features/projects/field.tsx';
import { usePreference } from '~/lib/preferences.ts';
import { useRenderedPreferences } from '~/lib/theme.ts';

/** Shortcuts of a single character, which get in the way of speech input and the like, can be turned off (WCAG 2.1.4). */
export function Keyboard() {
  const [singleKeys, setSingleKeys] = usePreference('singleKeys', useRenderedPreferences().singleKeys);
  return (
    <>
      <ToggleField
        label="Shortcuts of a single key"
        hint="Such as J and K in lists, or G then R. Shortcuts with Ctrl or Command always work."
      >
        {(control) => <Switch {...control} checked={singleKeys === 'on'} onCheckedChange={(on) => setSingleKeys(on ? 'on' : 'off')} />}
      </ToggleField>
      <p className="text-sm text-muted-foreground">
        <Kbd>?</Kbd> lists every shortcut of the page that you are on.
      </p>
    </>
  );
}
