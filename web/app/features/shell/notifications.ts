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

/** One notification. `tag`: a later one with the same tag takes its place, so that several tabs of a browser show one. */
export interface Notice {
  title: string;
  body: string;
  path: string;
  tag: string;
}

/** What to show for requests that have begun to wait: one each, or one for all when they are many. */
export function noticesOf(requests: readonly WaitingRequest[]): Notice[] {
  if (requests.length > mostAtOnce) {
    return [{ title: 'AstraForge', body: `${requests.length} requests wait for you`, path: '/approvals', tag: 'waiting' }];
  }
  return requests.map(({ requestId, title, kind }) => ({
    title: describeAwaiting(kind),
    body: title,
    path: `/requests/${requestId}`,
    tag: `${requestId} ${kind}`,
  }));
}

/** Shows notifications for requests that have begun to wait, where the person wants them and does not look at the page. */
export function useNotify(): (requests: WaitingRequest[]) => void {
  const navigate = useNavigate();
  return useCallback(
    (requests) => {
      if (readPreference('notifications') !== 'on' || permission() !== 'granted' || document.hasFocus()) return;
      for (const { title, body, path, tag } of noticesOf(requests)) {
        const notification = new Notification(title, { body, tag, icon: '/favicon.svg' });
        notification.addEventListener('click', () => {
          window.focus();
          navigate(path);
          notification.close();
        });
      }
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
