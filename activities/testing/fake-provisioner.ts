import { DomainError } from '../../workflows/contracts/errors.ts';
import type { SupervisorEvent } from '../../workflows/contracts/events.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import type { Provisioner, StepListener, TailBatch, Workspace, WorkspaceSpec, WorkspaceState } from '../../workspace/port.ts';

/** A workspace in memory: tests write its event file and see what was delivered. */
export class FakeWorkspace implements Workspace {
  readonly workspaceId: string;
  readonly delivered: SupervisorCommand[] = [];
  /** Reacts to each command, as a supervisor would. */
  onDeliver: (message: SupervisorCommand) => void = () => undefined;
  private file = Buffer.alloc(0);
  private current: WorkspaceState = { status: 'running', exitCode: null, reason: null };
  private readonly waiters = new Set<() => void>();
  private broken: Error | null = null;

  constructor(workspaceId: string) {
    this.workspaceId = workspaceId;
  }

  /** Appends events as lines. */
  emit(...events: SupervisorEvent[]): void {
    this.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }

  /** Appends raw bytes, as a hostile workspace may. */
  write(text: string): void {
    this.file = Buffer.concat([this.file, Buffer.from(text)]);
    this.wake();
  }

  truncate(sizeBytes: number): void {
    this.file = this.file.subarray(0, sizeBytes);
    this.wake();
  }

  /** Whoever tails it fails once. */
  breakTail(error: Error): void {
    this.broken = error;
    this.wake();
  }

  /** Ends its processes. */
  end(state: Partial<WorkspaceState> = {}): void {
    this.current = { status: 'exited', exitCode: null, reason: null, ...state };
    this.wake();
  }

  async deliver(message: SupervisorCommand): Promise<void> {
    if (this.current.status !== 'running') throw new DomainError('transient', 'place-lost', 'deliver: the workspace is gone');
    if (this.delivered.some((earlier) => earlier.messageId === message.messageId)) return;
    this.delivered.push(message);
    this.onDeliver(message);
  }

  async *tail(offset: number, signal: AbortSignal): AsyncIterable<TailBatch> {
    let position = offset;
    while (!signal.aborted) {
      const { broken } = this;
      this.broken = null;
      if (broken) throw broken;
      const isOver = this.current.status !== 'running';
      if (this.file.length < position)
        throw new DomainError('permanent', 'tampered', 'watch: the event file is shorter than what was read');
      const end = this.file.lastIndexOf(10) + 1;
      if (end > position) {
        const lines = this.file
          .subarray(position, end - 1)
          .toString('utf8')
          .split('\n');
        position = end;
        yield { lines, endOffset: position };
        continue;
      }
      if (isOver) return;
      await this.changed(signal);
    }
  }

  async state(): Promise<WorkspaceState> {
    return this.current;
  }

  private changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiters.delete(done);
        resolve();
      };
      this.waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}

/** Workspaces in memory. */
export class FakeProvisioner implements Provisioner {
  readonly name = 'fake';
  offers: Provisioner['offers'] = ['image', 'services'];
  readonly specs: WorkspaceSpec[] = [];
  /** What each new workspace waits for. */
  steps: Parameters<StepListener>[0][] = [];
  readonly begun: string[] = [];
  readonly destroyed: string[] = [];
  /** What everything fails with while its daemon or server is away. */
  away: DomainError | null = null;
  /** What ending a place fails with though all else works. */
  stuck: DomainError | null = null;
  /** How often somebody found it away. */
  foundAway = 0;
  /** Called for each new workspace: where a test scripts its supervisor. */
  onCreate: (workspace: FakeWorkspace) => void = () => undefined;
  private readonly places = new Map<string, FakeWorkspace>();

  async probe() {
    return { usable: true, message: 'in memory', holds: {} };
  }

  async begin(workspaceId: string): Promise<void> {
    this.begun.push(workspaceId);
  }

  async create(spec: WorkspaceSpec, onStep?: StepListener): Promise<FakeWorkspace> {
    const existing = this.places.get(spec.job.workspaceId);
    if (existing) return existing;
    this.specs.push(spec);
    for (const step of this.steps) onStep?.(step);
    return this.add(spec.job.workspaceId);
  }

  /** A place that is there already. */
  add(workspaceId: string): FakeWorkspace {
    const workspace = new FakeWorkspace(workspaceId);
    this.places.set(workspaceId, workspace);
    this.onCreate(workspace);
    return workspace;
  }

  async adopt(workspaceId: string): Promise<FakeWorkspace | null> {
    this.mustAnswer();
    return this.places.get(workspaceId) ?? null;
  }

  async destroy(workspaceId: string): Promise<void> {
    this.mustAnswer();
    if (this.stuck) throw this.stuck;
    this.destroyed.push(workspaceId);
    this.places.get(workspaceId)?.end({ status: 'gone' });
    this.places.delete(workspaceId);
  }

  async list(): Promise<string[]> {
    return [...this.places.keys()];
  }

  private mustAnswer(): void {
    if (!this.away) return;
    this.foundAway += 1;
    throw this.away;
  }
}
