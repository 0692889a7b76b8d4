import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded by `--import` into every process and thread of a measured system: SIGUSR2 collects all garbage there, so that what is
 * measured next is what is held and not what V8 has put off.
 */
function listen(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { type: string; execution: string; flavor: string }) => void;
  // The regular kind keeps pages that are nearly empty.
  const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const others = new BroadcastChannel('collect-garbage');
  others.onmessage = () => collect();
  // Node's channels keep a process alive unless told otherwise; the type is the browser's.
  (others as BroadcastChannel & { unref(): void }).unref();
  if (!isMainThread) return;
  process.on('SIGUSR2', () => {
    others.postMessage('now');
    collect();
  });
}

listen();
