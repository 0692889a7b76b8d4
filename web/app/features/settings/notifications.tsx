import { useState } from 'react';
import { Switch } from '~/components/ui/switch.tsx';
import { ToggleField } from '~/features/projects/field.tsx';
import { useHydrated } from '~/lib/hydrated.ts';
import { usePreference } from '~/lib/preferences.ts';
import { useRenderedPreferences } from '~/lib/theme.ts';
import { notificationState, type NotificationState } from './notification-state.ts';

const hints: Readonly<Record<NotificationState, string>> = {
  unknown: 'Tells you by the browser when something waits for you and this page is not in front.',
  unsupported: 'This browser has no notifications; the title of the tab still counts what waits for you.',
  denied: 'The browser was told not to show notifications of this site. Allow them in its settings for this address, then turn this on.',
  asks: 'Tells you by the browser when something waits for you and this page is not in front. The browser asks for your leave once.',
  granted: 'Tells you by the browser when something waits for you and this page is not in front.',
};

/** Browser notifications. The browser asks for leave only when the switch is turned on. */
export function Notifications() {
  const hydrated = useHydrated();
  const [wanted, setWanted] = usePreference('notifications', useRenderedPreferences().notifications);
  // The browser keeps the leave and tells nobody of a change: what it answered last makes this draw again.
  const [, setAnswer] = useState('');
  const state = hydrated ? notificationState() : 'unknown';
  const turn = async (on: boolean) => {
    if (!on) return setWanted('off');
    const answer = state === 'asks' ? await Notification.requestPermission() : Notification.permission;
    setAnswer(answer);
    setWanted(answer === 'granted' ? 'on' : 'off');
  };
  return (
    <ToggleField label="Browser notifications" hint={hints[state]}>
      {(control) => (
        <Switch
          {...control}
          checked={wanted === 'on' && (state === 'granted' || state === 'unknown')}
          disabled={state === 'unsupported' || state === 'denied'}
          onCheckedChange={(on) => void turn(on)}
        />
      )}
    </ToggleField>
  );
}
