import type { StepListener, Workspace, WorkspaceSpec } from '../../port.ts';
import type { Look } from './look.ts';
import type { Prepared } from './prepare.ts';
import type { ReadyService } from './services.ts';

/** Everything that a workspace is started with. */
export interface WorkspaceStart {
  spec: WorkspaceSpec;
  ready: Prepared;
  services: readonly ReadyService[];
  onStep: StepListener | undefined;
}

/** How workspaces are kept at a daemon: in folders that it shares with this machine, or in volumes of its own. */
export interface Premises {
  /** In the labels of all that is made. */
  installation: string;
  /** How its isolation is tried: by a container with the same kind of files. */
  look: Look;
  start(input: WorkspaceStart): Promise<Workspace>;
  /** Removes what a start of this process made before it failed, and nothing of another process's. */
  undo(workspaceId: string): Promise<void>;
  /** DomainError `workspace-busy` while another process starts it. */
  requireFree(workspaceId: string): Promise<void>;
  /** Null for one that is not there, or was never begun. */
  adopt(workspaceId: string): Promise<Workspace | null>;
  /** Removes what is left of a workspace whose containers are gone. */
  clear(workspaceId: string): Promise<void>;
  list(): Promise<string[]>;
}
