import type { NewEvent } from '../workflows/contracts/events.ts';
import type { SupervisorCommand, SupervisorJob, WorkspaceLimits } from '../workflows/contracts/supervisor.ts';

/** A program that a project's tests need beside the workspace: it answers on a port of the workspace's loopback, and nobody else reaches it. */
export interface ServiceSpec {
  name: string;
  image: string;
  port: number;
  env: Record<string, string>;
}

/** What a provisioner needs to make a workspace. `runToken` never touches a disk, an argument or an environment. */
export interface WorkspaceSpec {
  job: SupervisorJob;
  runToken: string;
  /** The project's image; the installation's when it is not there. DomainError `setup-failed` where it cannot be had. */
  image?: string;
  /** All answer before the job begins, and end with the workspace. DomainError `setup-failed` names one that does not. */
  services?: readonly ServiceSpec[];
}

/** Told of each step on the way to a place that may take long, when it begins and when it ended. Must not throw. */
export type StepListener = (event: NewEvent<'preparation.started' | 'preparation.completed'>) => void;

/** Whole lines of the event file from an offset on. `endOffset` is the byte after the last line. */
export interface TailBatch {
  lines: string[];
  endOffset: number;
}

/**
 * `running`; `exited`: the supervisor ended, its files are still there; `gone`: nothing is left of it.
 * `reason` names a limit that the provisioner saw broken (`agent-memory`, `agent-disk`, …), `lost` says how the place itself was taken from
 * the workspace, where that is known.
 */
export interface WorkspaceState {
  status: 'running' | 'exited' | 'gone';
  exitCode: number | null;
  reason: 'agent-memory' | 'agent-disk' | 'agent-processes' | null;
  lost?: string;
}

/** A living workspace. Speaks of messages and offsets only: never of host paths. */
export interface Workspace {
  readonly workspaceId: string;
  /** Durable hand-over (write, fsync, rename) in call order; repeating a messageId is harmless. */
  deliver(message: SupervisorCommand): Promise<void>;
  /**
   * Yields batches as they come, from byte `offset`, until aborted or until the workspace ended and all was read.
   * Throws DomainError `tampered` when the file is shorter than what was read, `agent-output-limit` past its cap.
   */
  tail(offset: number, signal: AbortSignal): AsyncIterable<TailBatch>;
  state(): Promise<WorkspaceState>;
}

export interface ProbeResult {
  usable: boolean;
  /** One sentence: what was found, or why not and how to mend it. */
  message: string;
  /** Which isolation and limits hold, by name, for `doctor`. */
  holds: Record<string, string>;
}

/** Makes workspaces in one kind of place. Names are deterministic from workspaceId: `create` on a living one adopts it. */
export interface Provisioner {
  readonly name: string;
  /** What a project may wish for here beside its job. */
  readonly offers: readonly ('image' | 'services')[];
  probe(): Promise<ProbeResult>;
  /**
   * Makes as much of a place as needs no job: `create` of the same id in this process goes on from there. Until then it is nobody's:
   * `adopt` and `list` do not know it, its supervisor ends with its maker, and `destroy` removes it. Does nothing where it is there
   * already; never fails: `create` meets the reason again. Missing where nothing is won by it.
   */
  begin?(workspaceId: string, limits: WorkspaceLimits): Promise<void>;
  create(spec: WorkspaceSpec, onStep?: StepListener): Promise<Workspace>;
  /** The workspace by id, whoever made it; null when nothing is left of it. */
  adopt(workspaceId: string): Promise<Workspace | null>;
  /** Kills every process in it and removes its files, also of one that `create` is making. Never fails on one that is gone. */
  destroy(workspaceId: string): Promise<void>;
  list(): Promise<string[]>;
}
