import { streamsOf } from './connect.ts';
import { LiveHub, type TabPort } from './hub.ts';
import type { TabMessage } from './messages.ts';

/** The parts of SharedWorkerGlobalScope that are used: the compiler knows pages only. */
interface SharedScope {
  location: { origin: string };
  addEventListener(type: 'connect', listener: (event: MessageEvent) => void): void;
}

/** The script of the SharedWorker: one hub for all tabs of this browser. */
const scope = globalThis as unknown as SharedScope;
const hub = new LiveHub({ open: streamsOf(scope.location.origin) });

scope.addEventListener('connect', (event) => {
  const port = event.ports[0];
  if (!port) return;
  const tab: TabPort = { post: (message) => port.postMessage(message) };
  port.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => hub.receive(tab, data));
  port.start();
});
