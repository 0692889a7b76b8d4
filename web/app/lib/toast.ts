import type { ExternalToast } from 'sonner';

type Kind = 'success' | 'error' | 'info' | 'warning' | 'message';

let isWanted = false;
const listeners = new Set<() => void>();
let setMounted: () => void = () => {};
const mounted = new Promise<void>((resolve) => {
  setMounted = resolve;
});

/** A toast of one kind. Sonner is loaded for the first one: pages do not carry it. */
function say(kind: Kind): (words: string, options?: ExternalToast) => void {
  return (words, options) => {
    isWanted = true;
    for (const listener of listeners) listener();
    void Promise.all([import('sonner'), mounted]).then(([sonner]) => sonner.toast[kind](words, options));
  };
}

/** Says something in passing, at the edge of the page. What matters stays on the page too: a toast goes away. */
export const toast = { success: say('success'), error: say('error'), info: say('info'), warning: say('warning'), message: say('message') };

/** For the Toaster alone: whether somebody has something to say. */
export const toastDemand = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: () => isWanted,
  /** What was said before can be shown from now on. */
  answer: () => setMounted(),
};
