import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { NewEvent, SupervisorEvent, SupervisorEventType } from '../../workflows/contracts/events.ts';
import type { Emit } from '../executors/port.ts';

/** Text of one item within this time becomes one event. */
const batchMs = 20;
/** The longest text of one event; longer is split, so that no line grows without bound. */
const maxTextChars = 32_768;
/** Room above the cap for the events that end a turn. */
const reserveBytes = 1024 * 1024;

const batched = new Set<SupervisorEventType>(['agent.delta', 'command.output', 'setup.output', 'exec.output']);

export interface EventLog {
  emit: Emit;
  /** Writes what is held back and forces it to disk. */
  sync(): void;
  close(): void;
}

/**
 * Appends events to a file as JSON lines. Deltas wait up to 20 ms for their like. Past `maxBytes` only the events that end a
 * turn are written, and `onFull` is called once.
 */
export function openEventLog(options: {
  path: string;
  maxBytes: number;
  onFull: () => void;
  /** What becomes of an event's data before it is written. */
  mask?: (type: SupervisorEventType, data: unknown) => unknown;
}): EventLog {
  const fd = openSync(options.path, 'a', 0o644);
  let written = 0;
  let full = false;
  let held: { type: SupervisorEventType; key: string; data: Record<string, unknown>; text: string; emittedAtMs: number } | null = null;
  let timer: NodeJS.Timeout | null = null;

  function write(event: { type: SupervisorEventType; emittedAtMs: number; data: unknown }): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    const always =
      event.type === 'turn.completed' || event.type === 'limit.exceeded' || event.type === 'saved' || event.type === 'git.command';
    if (written + line.length > options.maxBytes + (always ? reserveBytes : 0)) {
      if (full) return;
      full = true;
      // Not from within: what it does writes events itself.
      setImmediate(options.onFull);
      return;
    }
    written += line.length;
    for (let done = 0; done < line.length;) done += writeSync(fd, line, done);
  }

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (!held) return;
    const { type, data, text, emittedAtMs } = held;
    held = null;
    write({ type, emittedAtMs, data: { ...data, text } });
  }

  function hold(event: SupervisorEvent): void {
    const { text, ...data } = event.data as Record<string, unknown> & { text: string };
    const key = JSON.stringify(data);
    if (held && (held.type !== event.type || held.key !== key)) flush();
    if (held) held.text += text;
    else held = { type: event.type, key, data, text, emittedAtMs: event.emittedAtMs };
    while (held.text.length > maxTextChars) {
      const cut = safeCut(held.text, maxTextChars);
      write({ type: held.type, emittedAtMs: held.emittedAtMs, data: { ...data, text: held.text.slice(0, cut) } });
      held.text = held.text.slice(cut);
    }
    timer ??= setTimeout(flush, batchMs);
  }

  return {
    emit(type, data, emittedAtMs = Date.now()) {
      const event = { type, emittedAtMs, data: options.mask ? options.mask(type, data) : data } as NewEvent<SupervisorEventType>;
      if (batched.has(type)) return hold(event);
      flush();
      write(event);
    },
    sync() {
      flush();
      fsyncSync(fd);
    },
    close() {
      flush();
      closeSync(fd);
    },
  };
}

/** A place to cut that does not split a surrogate pair. */
function safeCut(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}
