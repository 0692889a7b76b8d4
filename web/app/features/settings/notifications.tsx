import { Switch } from '~/components/ui/switch.tsx';
import { ToggleField } from '~/features/projects/field.tsx';
import { type NotificationState, useNotificationSetting } from '~/features/shell/notifications.ts';
import { useHydrated } from '~/lib/hydrated.ts';

const about = 'The browser tells you when something waits for you while this page is not in front.';

const hints: Readonly<Record<NotificationState, string>> = {
  on: about,
  off: `${about} It asks for your leave once.`,
  blocked: 'The browser was told to show no notifications of this site. Allow them in its settings for this address, then turn this on.',
  unsupported: 'Not possible here; the title of the tab still counts what waits for you.',
};

/** Browser notifications. The browser asks for leave only when the switch is turned on. */
export function Notifications() {
  const [state, turn] = useNotificationSetting();
  const hydrated = useHydrated();
  return (
    <ToggleField label="Browser notifications" hint={hydrated ? hints[state] : about}>
      {(control) => (
        <Switch
          {...control}
          checked={state === 'on'}
          disabled={hydrated && (state === 'unsupported' || state === 'blocked')}
          onCheckedChange={(on) => void turn(on)}
        />
      )}
    </ToggleField>
  );
}
