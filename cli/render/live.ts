import type { EventRenderer } from './events.ts';
import type { Style } from './style.ts';
import { formatClock, safeLine } from './text.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';

export interface LiveOptions {
  stream: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  renderer: EventRenderer;
  style: Style;
  startedAtMs: number;
  /** The present moment in ms; a parameter for tests. */
  now: () => number;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const redrawMs = 200;
const quietMs = 30_000;

/** Prints a run as it goes: events above; below, on a terminal, one progress line that is redrawn; else a line every 30 s of silence. */
export class LiveView {
  private readonly options: LiveOptions;
  private timer: NodeJS.Timeout | null = null;
  private frame = 0;
  private drawn = false;
  private lost = false;
  private lastPrintedAtMs: number;

  constructor(options: LiveOptions) {
    this.options = options;
    this.lastPrintedAtMs = options.now();
  }

  /** Starts the progress line; `stop` must follow. */
  start(): void {
    this.timer ??= setInterval(() => this.tick(), redrawMs);
    this.timer.unref();
  }

  print(event: LogEvent): void {
    this.write(this.options.renderer.render(event));
  }

  /** Prints a whole line of our own between the events. */
  note(text: string): void {
    this.write(`${this.options.renderer.breakLine()}${text}\n`);
  }

  /** Says that the stream was lost, and, only then, that it is back. */
  connection(state: 'connected' | 'reconnecting'): void {
    if (state === 'reconnecting' && !this.lost) this.note('         … the connection is lost, trying again');
    if (state === 'connected' && this.lost) this.note('         … connected again');
    this.lost = state === 'reconnecting';
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.erase();
    const rest = this.options.renderer.breakLine();
    if (rest) this.options.stream.write(rest);
  }

  /** One step of the progress line; called by the timer. */
  tick(): void {
    if (this.options.stream.isTTY) return this.draw();
    if (this.options.now() - this.lastPrintedAtMs < quietMs || this.options.renderer.midLine()) return;
    this.write(`${this.progress()}\n`);
  }

  private write(text: string): void {
    if (text === '') return;
    this.erase();
    this.options.stream.write(text);
    this.lastPrintedAtMs = this.options.now();
  }

  private draw(): void {
    if (this.options.renderer.midLine()) return;
    this.frame = (this.frame + 1) % frames.length;
    this.erase();
    const text = safeLine(`${frames[this.frame]} ${this.progress()}`, Math.max(20, (this.options.stream.columns ?? 80) - 1));
    this.options.stream.write(this.options.style('dim', text));
    this.drawn = true;
  }

  private progress(): string {
    return `${formatClock(this.options.now() - this.options.startedAtMs)} · ${this.options.renderer.activity()}`;
  }

  private erase(): void {
    if (!this.drawn) return;
    this.options.stream.write('\r\u001b[2K');
    this.drawn = false;
  }
}
