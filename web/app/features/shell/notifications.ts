import { useNavigate } from '@remix-run/react';
import { useCallback, useSyncExternalStore } from 'react';
import { readPreference, usePreference } from '~/lib/preferences.ts';
import { describeAwaiting } from '~/lib/stages.ts';
import { useRenderedPreferences } from '~/lib/theme.ts';
import type { WaitingRequest } from './waiting.ts';

/** More at once become one that names their number. */
const mostAtOnce = 3;

/** `unsupported`: the browser has none, or the page is not served safely (https or this machine). */
export type NotificationState = 'on' | 'off' | 'blocked' | 'unsupported';

/** Shows a notification for each request that has begun to wait, where the person wants that and does not look at the page. */
export function useNotify(): (requests: WaitingRequest[]) => void {
  const navigate = useNavigate();
  return useCallback(
    (requests) => {
      if (readPreference('notifications') !== 'on' || permission() !== 'granted' || document.hasFocus()) return;
      const show = (title: string, body: string, path: string, tag: string) => {
        const notification = new Notification(title, { body, tag, icon: '/favicon.svg' });
        notification.addEventListener('click', () => {
          window.focus();
          navigate(path);
          notification.close();
        });
      };
      if (requests.length > mostAtOnce) return show('AstraForge', `${requests.length} requests wait for you`, '/', 'waiting');
      // The tag makes one of what several tabs of this browser show.
      for (const { requestId, title, kind } of requests)
        show(describeAwaiting(kind), title, `/requests/${requestId}`, `${requestId} ${kind}`);
    },
    [navigate],
  );
}

/** Whether notifications are on, and how to turn them on (asks the browser's permission) or off. For the settings. */
export function useNotificationSetting(): [NotificationState, (on: boolean) => Promise<void>] {
  const [wanted, setWanted] = usePreference('notifications', useRenderedPreferences().notifications);
  const granted = useSyncExternalStore<ReturnType<typeof permission>>(subscribe, permission, () => 'default');
  const turn = useCallback(
    async (on: boolean) => {
      if (on && permission() === 'default') await Notification.requestPermission();
      for (const listener of listeners) listener();
      setWanted(on && permission() === 'granted' ? 'on' : 'off');
    },
    [setWanted],
  );
  if (granted === 'unsupported') return ['unsupported', turn];
  if (granted === 'denied') return ['blocked', turn];
  return [wanted === 'on' && granted === 'granted' ? 'on' : 'off', turn];
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function permission(): NotificationPermission | 'unsupported' {
  return typeof Notification === 'undefined' || !window.isSecureContext ? 'unsupported' : Notification.permission;
}
