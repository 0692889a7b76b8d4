import type { ExternalToast } from 'sonner';

type Kind = 'success' | 'error' | 'info' | 'warning' | 'message';

/** A toast of one kind. Sonner comes with the first one, or with the Toaster: pages need not carry it. */
function say(kind: Kind): (words: string, options?: ExternalToast) => void {
  return (words, options) => void import('sonner').then((sonner) => sonner.toast[kind](words, options));
}

/** Says something in passing, at the edge of the page. What matters stays on the page too: a toast goes away. */
export const toast = { success: say('success'), error: say('error'), info: say('info'), warning: say('warning'), message: say('message') };
