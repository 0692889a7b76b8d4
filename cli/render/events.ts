import type { EventData, LogEvent } from '../../workflows/contracts/events.ts';
import { renderControlEvent } from './control-events.ts';
import type { Style } from './style.ts';
import { formatClock, formatDuration, safeLine, safeText } from './text.ts';
import { shortCommit } from './words.ts';

export interface RendererOptions {
  style: Style;
  /** When the request was submitted: the zero of the clock in the margin. */
  startedAtMs: number;
  /** Show the whole output of commands and checks; else only the end of a failing one. */
  verbose: boolean;
}

const margin = ' '.repeat(9);
const keptOutput = 4000;
const shownLines = 12;

/**
 * Turns a run log into text for people, event by event in order; remembers open commands and the text that is streaming.
 * Everything foreign is neutralised. No I/O.
 */
export class EventRenderer {
  private readonly options: RendererOptions;
  private readonly open = new Map<string, { title: string; tail: string }>();
  private readonly streamed = new Set<string>();
  private streaming: string | null = null;
  private atLineStart = true;
  private lastCommand: string | null = null;
  private lastMessage = '';
  private current = 'starting';

  constructor(options: RendererOptions) {
    this.options = options;
  }

  /** What to print for the event: whole lines, or a piece of the agent's text as it streams. */
  render(event: LogEvent): string {
    const turn = this.renderTurn(event) ?? this.renderCommand(event);
    if (turn !== null) return turn;

    const control = renderControlEvent(event, this.options.style);
    if (control.activity !== undefined) this.current = control.activity;
    const detail = control.detail && !this.lastMessage.includes(control.detail.trim()) ? this.block(control.detail) : '';
    return this.stamped(event, control.text) + detail + (control.items ? this.block(control.items) : '');
  }

  /** What is going on now, for the progress line. */
  activity(): string {
    return this.current;
  }

  /** True after a piece of text that did not end its line. */
  midLine(): boolean {
    return !this.atLineStart;
  }

  private renderTurn(event: LogEvent): string | null {
    switch (event.type) {
      case 'agent.delta':
        return this.stream(event.data.itemId, event.data.text);
      case 'agent.message':
        this.current = 'the agent is thinking';
        return this.message(event.data.itemId, event.data.text);
      case 'agent.reasoning':
        this.current = 'the agent is thinking';
        return this.aside(event.data.text);
      case 'agent.plan':
        return this.stamped(event, 'plan') + this.block(event.data.steps.map((step) => `${planMark(step.status)} ${step.step}`).join('\n'));
      case 'setup.output':
        return this.aside(event.data.text);
      case 'file.changed':
        return this.stamped(
          event,
          event.data.changes
            .map((change) => `${this.options.style('magenta', '±')} ${safeLine(change.kind, 20)} ${safeLine(change.path)}`)
            .join(', '),
        );
      case 'question.asked':
        return this.question(event, event.data);
      case 'saved':
        return this.options.verbose ? this.stamped(event, `saved ${shortCommit(event.data.commit)}`) : '';
      default:
        return null;
    }
  }

  private renderCommand(event: LogEvent): string | null {
    switch (event.type) {
      case 'command.started':
        return this.started(event, event.data.itemId, withoutShell(event.data.command));
      case 'command.output':
        return this.output(event.data.itemId, event.data.precedes ? `(first it printed:)\n${event.data.text}` : event.data.text);
      case 'command.completed':
        return this.ended(event, event.data.itemId, {
          ok: event.data.exitCode === 0,
          word: event.data.exitCode === null ? 'ended without an exit code' : `exit ${event.data.exitCode}`,
          durationMs: event.data.durationMs,
        });
      case 'check.started':
        return this.started(event, `check:${event.data.name}`, `check ${event.data.name}: ${event.data.command}`);
      case 'exec.output':
        return this.output(`check:${event.data.name}`, event.data.text);
      case 'exec.completed':
        return this.ended(event, `check:${event.data.name}`, {
          ok: event.data.status === 'passed',
          word: `check ${safeLine(event.data.name, 60)} ${event.data.status}`,
          durationMs: event.data.durationMs,
        });
      default:
        return null;
    }
  }

  /** Ends a line that the agent's text left open; '' when there is none. */
  breakLine(): string {
    return this.endStream();
  }

  private stamped(event: LogEvent, text: string): string {
    if (text === '') return '';
    const clock = formatClock(event.emittedAtMs - this.options.startedAtMs).padStart(7);
    return `${this.endStream()}${this.options.style('dim', clock)}  ${text}\n`;
  }

  private endStream(): string {
    const end = this.atLineStart ? '' : '\n';
    this.streaming = null;
    this.atLineStart = true;
    return end;
  }

  private block(text: string, dim = false): string {
    const { style } = this.options;
    const lines = safeText(text).replace(/\n+$/, '').split('\n');
    return lines.map((line) => `${margin}${style('dim', '│')} ${dim ? style('dim', line) : line}\n`).join('');
  }

  /** Text that only `verbose` shows. */
  private aside(text: string): string {
    return this.options.verbose && text.trim() !== '' ? this.endStream() + this.block(text, true) : '';
  }

  /** A whole message: nothing when it was streamed, or when it only repeats the one before. */
  private message(itemId: string, text: string): string {
    const repeats = text.trim() === '' || text.trim() === this.lastMessage;
    this.lastMessage = text.trim() || this.lastMessage;
    return this.endStream() + (repeats || this.streamed.has(itemId) ? '' : this.block(text));
  }

  private stream(itemId: string, text: string): string {
    if (text === '') return '';
    let output = this.streaming === itemId ? '' : this.endStream();
    this.streaming = itemId;
    this.streamed.add(itemId);
    this.current = 'the agent is writing';
    for (const piece of safeText(text).split(/(?<=\n)/)) {
      output += (this.atLineStart ? `${margin}${this.options.style('dim', '│')} ` : '') + piece;
      this.atLineStart = piece.endsWith('\n');
    }
    return output;
  }

  private output(key: string, text: string): string {
    const command = this.open.get(key);
    if (command) command.tail = (command.tail + text).slice(-keptOutput);
    return this.aside(text);
  }

  private started(event: LogEvent, key: string, title: string): string {
    this.open.set(key, { title, tail: '' });
    this.current = `running ${safeLine(title, 60)}`;
    this.lastCommand = key;
    return this.stamped(event, `${this.options.style('cyan', '$')} ${safeLine(title)}`);
  }

  private ended(event: LogEvent, key: string, result: { ok: boolean; word: string; durationMs: number | null }): string {
    const command = this.open.get(key);
    this.open.delete(key);
    this.current = 'the agent is thinking';
    const mark = result.ok ? this.options.style('green', '✓') : this.options.style('red', '✗');
    const title = this.lastCommand === key || !command ? '' : `${safeLine(command.title, 80)}: `;
    const took = result.durationMs === null ? '' : ` · ${formatDuration(result.durationMs)}`;
    const tail = result.ok || this.options.verbose ? '' : (command?.tail ?? '');
    return this.stamped(event, `  ${mark} ${title}${result.word}${took}`) + (tail.trim() === '' ? '' : this.block(lastLines(tail), true));
  }

  private question(event: LogEvent, data: EventData<'question.asked'>): string {
    this.current = 'waiting for an answer';
    const lines = data.questions.flatMap((asked) => [
      asked.question,
      ...asked.options.map((choice, index) => `  ${index + 1}. ${choice.label}${choice.description ? `: ${choice.description}` : ''}`),
    ]);
    return this.stamped(event, this.options.style('yellow', '? the agent asks')) + this.block(lines.join('\n'));
  }
}

function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.length <= shownLines ? lines.join('\n') : ['…', ...lines.slice(-shownLines)].join('\n');
}

/** The command that a person would type, when an agent wraps it in a shell and its quoting allows to tell. */
function withoutShell(command: string): string {
  const match = /^(?:\/usr)?(?:\/bin\/)?(?:ba|z|da)?sh -l?c (['"])([\s\S]*)\1$/.exec(command);
  const inner = match?.[2];
  if (inner === undefined || inner.includes(match?.[1] ?? '') || (match?.[1] === '"' && /[\\$`]/.test(inner))) return command;
  return inner;
}

function planMark(status: string): string {
  if (status === 'completed') return '✓';
  return status === 'in_progress' || status === 'inProgress' ? '▸' : '·';
}
