import type { Database } from '../../db/port.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import type { Logger } from '../../config/logger.ts';
import type { GitService } from '../../workspace/gateway/git/port.ts';
import type { Provisioner } from '../../workspace/port.ts';
import type { RunTokenClaims } from '../../workspace/gateway/token.ts';
import type { CheckpointActivities } from '../../workflows/contracts/activities.ts';
import type { SupervisorJob, WorkspaceLimits } from '../../workflows/contracts/supervisor.ts';
import type { Starts } from './starts.ts';
import type { WatchRegistry } from './watch-registry.ts';

/** What this host gives each workspace; from the configuration. */
export interface HostSettings {
  hostId: string;
  /** Another one at each start of this process. */
  instance: string;
  limits: WorkspaceLimits;
  maxFileBytes: number;
  saveEveryMs: number;
  /** Snapshots of setups: most bytes of files in one, and what else they depend on at this host; null: none are kept or used. */
  snapshots: { maxBytes: number; machine: string; image: string } | null;
  idleWorkspaceMs: number;
  /** How long a warm workspace waits for a first run. */
  warmWorkspaceMs: number;
  /** How many warm workspaces wait here at most, of all projects. */
  warmWorkspacesMax: number;
  /** How long a turn is watched on whose place cannot be reached. */
  placePatienceMs: number;
  /** Model of requests and projects that name none. */
  model: string;
  modelPlace: SupervisorJob['modelPlace'];
  /** Agent of requests and projects that name none. */
  executor: string;
  executorCommand: string | null;
  /** Entries that every workspace may reach, presets already expanded. */
  egressAllow: string[];
}

/** Everything that the activities of a host use. */
export interface HostDependencies {
  database: Database;
  runLog: RunLog;
  git: GitService;
  provisioner: Provisioner;
  issueToken: (claims: RunTokenClaims) => Promise<string>;
  finaliseCheckpoint: CheckpointActivities['finaliseCheckpoint'];
  settings: HostSettings;
  /** The turns that this process watches, so that a graceful stop can wait for their saves. */
  watches: WatchRegistry;
  /** The starts of runs under way in this process: what is not urgent waits for them. */
  starts: Starts;
  logger: Logger;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** How long a workspace's or slot's lease lasts without renewal, ms. */
export const leaseMs = 120_000;
/** How often leases are renewed while a turn is watched, ms. */
export const renewEveryMs = 20_000;
/** How often an activity of a host heartbeats, ms; the workflow's time-outs are 10 s and more. */
export const heartbeatEveryMs = 1_000;
