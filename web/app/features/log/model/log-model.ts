import type { EventData, LogEvent } from '../../../../../workflows/contracts/events.ts';
import { oneLine } from '../terminal/visible.ts';
import { describeEvent, describeExit, withoutShell } from './describe.ts';
import type { LogEntry, LongText } from './entry.ts';
import { OutputText } from './output-text.ts';
import { preparationBeginning, preparationEnd, preparationKey } from './preparation.ts';

type Writable = { -readonly [K in keyof LogEntry]: LogEntry[K] };

/** An entry as its first event makes it. */
type Beginning = Pick<LogEntry, 'kind' | 'title'> & Partial<Pick<LogEntry, 'tone' | 'result' | 'durationMs' | 'body'>>;

type Exec = EventData<'exec.completed'>;

/**
 * A log as entries, folded from its events in the order of their `seq`. Taking events costs what they cost, whatever came before;
 * how they are cut into batches changes nothing. Events at or below the last one taken are ignored.
 */
export class LogModel {
  private readonly list: Writable[] = [];
  /** Of each event taken: its seq, and the entry that it is part of. */
  private readonly seqs: number[] = [];
  private readonly owners: number[] = [];
  /** What may still grow, by run and item. */
  private readonly open = new Map<string | null, Map<string, number>>();
  private bad = 0;
  private lastMessage = '';
  private touched = new Set<number>();

  get entries(): readonly LogEntry[] {
    return this.list;
  }

  /** `seq` of the last event taken; 0 before the first. */
  get lastSeq(): number {
    return this.seqs.at(-1) ?? 0;
  }

  /** `seq` of the first event taken; 0 before it. */
  get firstSeq(): number {
    return this.seqs[0] ?? 0;
  }

  /** Entries that tell of a failure. */
  get badCount(): number {
    return this.bad;
  }

  /** Takes events; answers which entries are new or changed, by index in order. */
  append(events: readonly LogEvent[]): number[] {
    this.touched = new Set();
    for (const event of events) {
      if (event.seq <= this.lastSeq) continue;
      const index = this.take(event);
      this.seqs.push(event.seq);
      this.owners.push(index ?? Math.max(0, this.list.length - 1));
    }
    return [...this.touched].sort((a, b) => a - b);
  }

  /** Index of the entry that holds the event, or the nearest one before it; null in an empty log. */
  indexOfSeq(seq: number): number | null {
    if (this.list.length === 0) return null;
    let low = 0;
    let high = this.seqs.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.seqs[middle] ?? 0) <= seq) low = middle;
      else high = middle - 1;
    }
    return this.owners[low] ?? 0;
  }

  private take(event: LogEvent): number | null {
    if ('shortened' in event.data) return this.takeSingle(event);
    switch (event.type) {
      case 'agent.delta':
        return this.write(event, this.messageKey(event, event.data.itemId), { kind: 'message', title: 'Agent' });
      case 'agent.message':
        return this.takeMessage(event, event.data);
      case 'command.started':
        return this.start(event, commandKey(event, event.data.itemId), commandBeginning(event.data.command));
      case 'command.output':
        return this.write(event, commandKey(event, event.data.itemId), { kind: 'command', title: 'Output of a command' });
      case 'command.completed':
        return this.end(event, commandKey(event, event.data.itemId), commandBeginning('A command'), {
          ...describeExit(event.data.exitCode),
          durationMs: event.data.durationMs,
        });
      case 'check.started':
        this.openOf(event.runId).delete(setupKey(event));
        return this.start(event, `check/${event.data.name}`, checkBeginning(event.data));
      case 'exec.output':
        return this.write(event, `check/${event.data.name}`, checkBeginning({ name: event.data.name, command: '' }));
      case 'exec.completed':
        return this.end(event, `check/${event.data.name}`, checkBeginning(event.data), describeCheckEnd(event.data));
      case 'preparation.started':
        return this.start(event, preparationKey(event.data), preparationBeginning(event.data));
      case 'preparation.completed':
        return this.endPreparation(event, event.data);
      case 'setup.output':
        return this.write(event, setupKey(event), { kind: 'setup', title: 'Set-up', tone: 'neutral' });
      default:
        return this.takeSingle(event);
    }
  }

  private takeSingle(event: LogEvent): number | null {
    if (event.type === 'run.attempt' || event.type === 'run.ended') this.giveUp(event.runId, ['']);
    if (event.type === 'turn.completed') this.giveUp(event.runId, ['command/', 'message/']);
    const described = describeEvent(event);
    if (!described) return null;
    const { detail, ...beginning } = described;
    const index = this.add(event, { ...beginning, body: detail?.trim() ? withText(detail) : null });
    this.note(index, event);
    return index;
  }

  private takeMessage(event: LogEvent, { itemId, text }: EventData<'agent.message'>): number | null {
    const key = this.messageKey(event, itemId);
    const open = this.openOf(event.runId).get(key);
    const words = text.trim();
    // A review tells its text once as a message and once as its end.
    const repeats = words === '' || words === this.lastMessage;
    this.lastMessage = words || this.lastMessage;
    if (open === undefined && repeats) return null;
    const index = open ?? this.add(event, { kind: 'message', title: 'Agent' });
    const entry = this.change(index);
    const shortened = longTextOf(event) !== null;
    // What was streamed is whole where the final text was too long for its event.
    if (!shortened || open === undefined) {
      entry.body ??= new OutputText();
      entry.body.replace(text);
      this.note(index, event);
    }
    this.settle(index, { tone: 'neutral' });
    this.openOf(event.runId).delete(key);
    return index;
  }

  private endPreparation(event: LogEvent, data: EventData<'preparation.completed'>): number {
    const index = this.end(event, preparationKey(data), preparationBeginning(data), preparationEnd(data));
    if (data.message.trim()) this.change(index).body = withText(data.message);
    return index;
  }

  /** An entry that begins: whatever was open under its key has no end any more. */
  private start(event: LogEvent, key: string, beginning: Beginning): number {
    const earlier = this.openOf(event.runId).get(key);
    if (earlier !== undefined) this.abandon(earlier);
    const index = this.add(event, { tone: 'running', ...beginning });
    this.openOf(event.runId).set(key, index);
    return index;
  }

  /** Text for what is open under the key, or begins with it. */
  private write(event: LogEvent & { data: { text: string; precedes?: true } }, key: string, beginning: Beginning): number {
    const index = this.openOf(event.runId).get(key) ?? this.start(event, key, beginning);
    const entry = this.change(index);
    entry.body ??= new OutputText();
    if (event.data.precedes) entry.body.writeBefore(event.data.text);
    else entry.body.write(event.data.text);
    this.note(index, event);
    return index;
  }

  private end(event: LogEvent, key: string, beginning: Beginning, result: Pick<LogEntry, 'tone' | 'result' | 'durationMs'>): number {
    const index = this.openOf(event.runId).get(key) ?? this.add(event, beginning);
    this.openOf(event.runId).delete(key);
    this.settle(index, result);
    return index;
  }

  private add(event: LogEvent, beginning: Beginning): number {
    const { seq, emittedAtMs: atMs, runId } = event;
    const index = this.list.length;
    const { tone = 'neutral', ...rest } = beginning;
    this.list.push({ seq, atMs, runId, tone: 'neutral', result: null, durationMs: null, body: null, longTexts: [], version: 0, ...rest });
    this.settle(index, { tone });
    return index;
  }

  private settle(index: number, result: Partial<Pick<LogEntry, 'tone' | 'result' | 'durationMs'>>): void {
    const entry = this.change(index);
    if (result.tone !== undefined) this.bad += Number(result.tone === 'bad') - Number(entry.tone === 'bad');
    Object.assign(entry, result);
  }

  private change(index: number): Writable {
    const entry = this.list[index];
    if (!entry) throw new Error(`the log has no entry ${index}`);
    this.touched.add(index);
    entry.version++;
    return entry;
  }

  /** Ends what a run left open: nobody will tell its end any more. */
  private giveUp(runId: string | null, prefixes: readonly string[]): void {
    const items = this.openOf(runId);
    for (const [key, index] of items) {
      if (!prefixes.some((prefix) => key.startsWith(prefix))) continue;
      items.delete(key);
      this.abandon(index);
    }
  }

  private abandon(index: number): void {
    const { kind, tone } = this.list[index] ?? {};
    if (tone !== 'running') return;
    this.settle(index, { tone: 'neutral', result: kind === 'message' ? null : 'no end seen' });
  }

  /** Remembers that a text was shortened on its way into the log. */
  private note(index: number, event: LogEvent): void {
    const long = longTextOf(event);
    if (!long) return;
    const entry = this.change(index);
    entry.longTexts = [...entry.longTexts, long];
  }

  private openOf(runId: string | null): Map<string, number> {
    const known = this.open.get(runId);
    if (known) return known;
    const fresh = new Map<string, number>();
    this.open.set(runId, fresh);
    return fresh;
  }

  private messageKey({ attempt }: LogEvent, itemId: string): string {
    return `message/${attempt ?? ''}/${itemId}`;
  }
}

function commandKey({ attempt }: LogEvent, itemId: string): string {
  return `command/${attempt ?? ''}/${itemId}`;
}

function setupKey({ attempt }: LogEvent): string {
  return `setup/${attempt ?? ''}`;
}

function commandBeginning(command: string): Beginning {
  const typed = withoutShell(command);
  const title = oneLine(typed);
  // A script of many lines stands whole above its output.
  return { kind: 'command', title, body: title === typed.trim() ? null : new OutputText(typed) };
}

function checkBeginning({ name, command }: Pick<Exec, 'name' | 'command'>): Beginning {
  const words = command ? `: ${oneLine(withoutShell(command))}` : '';
  return { kind: 'check', title: `Check ${oneLine(name, 80)}${words}` };
}

function describeCheckEnd({ status, exitCode, durationMs }: Exec): Pick<LogEntry, 'tone' | 'result' | 'durationMs'> {
  const words = { passed: 'passed', failed: 'failed', 'timed-out': 'timed out', error: 'could not run' }[status];
  const code = status === 'failed' && exitCode !== null ? `, exit ${exitCode}` : '';
  return { tone: status === 'passed' ? 'good' : 'bad', result: `${words}${code}`, durationMs };
}

function withText(text: string): OutputText {
  const body = new OutputText();
  body.write(text);
  return body;
}

/** The mark that the run log leaves in place of a text over its limit (`data.artifactId`, `data.sizeBytes`). */
function longTextOf({ data }: LogEvent): LongText | null {
  if (!('artifactId' in data) || !('sizeBytes' in data) || typeof data.sizeBytes !== 'number') return null;
  return { artifactId: typeof data.artifactId === 'string' ? data.artifactId : null, sizeBytes: data.sizeBytes };
}
