/** What the browser would do with a notification of this site; `unknown` before it has said so. */
export type NotificationState = 'unknown' | 'unsupported' | 'denied' | 'asks' | 'granted';

/** As the browser has it at the moment; in a browser only. */
export function notificationState(): NotificationState {
  if (typeof Notification === 'undefined') return 'unsupported';
  switch (Notification.permission) {
    case 'granted':
      return 'granted';
    case 'denied':
      return 'denied';
    case 'default':
      return 'asks';
  }
}
