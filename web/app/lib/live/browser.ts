import { streamsOf } from './connect.ts';
import { LiveHub, type TabPort } from './hub.ts';
import type { HubMessage } from './messages.ts';
import { type HubLink, LiveTab } from './tab.ts';

/** How often a tab says that it lives, in ms. */
const aliveMs = 20_000;

let tab: LiveTab | null = null;

/** This page's tab of the browser's one stream; made at the first call. Only in a browser. */
export function liveTab(): LiveTab {
  tab ??= openTab();
  return tab;
}

function openTab(): LiveTab {
  const opened = new LiveTab(typeof SharedWorker === 'undefined' ? linkInPage : linkToWorker);
  setInterval(() => opened.tell({ type: 'alive' }), aliveMs);
  window.addEventListener('offline', () => opened.tell({ type: 'offline' }));
  window.addEventListener('online', () => opened.tell({ type: 'retry' }));
  window.addEventListener('pagehide', () => opened.tell({ type: 'bye' }));
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) opened.introduce();
  });
  return opened;
}

function linkToWorker(receive: (message: HubMessage) => void): HubLink {
  const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'astraforge-live' });
  worker.port.addEventListener('message', ({ data }: MessageEvent<HubMessage>) => receive(data));
  worker.port.start();
  // A worker that cannot start (an extension, a policy of the browser, a network that failed just then) must not leave the page
  // without its stream.
  let inPage: HubLink | null = null;
  worker.addEventListener('error', () => {
    if (inPage) return;
    inPage = linkInPage(receive);
    receive({ type: 'unknown' });
  });
  return { send: (message) => (inPage ? inPage.send(message) : worker.port.postMessage(message)) };
}

/**
 * A hub of this page's own, for browsers without SharedWorker and for a worker whose script did not come. The page carries the hub
 * for it: to load one when the network fails would fail too.
 */
function linkInPage(receive: (message: HubMessage) => void): HubLink {
  const port: TabPort = { post: (message) => queueMicrotask(() => receive(message)) };
  const hub = new LiveHub({ open: streamsOf(window.location.origin) });
  return { send: (message) => hub.receive(port, message) };
}
