import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maskNamedDeep } from '../../config/redaction.ts';
import type { SupervisorEventType } from '../../workflows/contracts/events.ts';
import type { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { AgentDriver } from '../executors/port.ts';
import { createDriver } from '../executors/registry.ts';
import { createAgentSandbox } from './agent-sandbox.ts';
import type { LaunchPlaces } from './agent-sandbox.ts';
import { fetchCheckSecrets } from './check-secrets.ts';
import type { CheckEnvironment } from './check-secrets.ts';
import { openEventLog } from './event-log.ts';
import type { EventLog } from './event-log.ts';
import { createGatewayFiles } from './gateway-files.ts';
import type { GatewayFiles } from './gateway-files.ts';
import type { CheckoutPaths, Remote } from './git/checkout.ts';
import { createGit } from './git/run-git.ts';
import type { Git } from './git/run-git.ts';
import { createSubmoduleReader } from './git/submodules.ts';
import { openLaunchPlace } from './launchers.ts';
import type { ContainerUsage } from './launcher/protocol.ts';
import type { Broken } from './limits.ts';
import type { Place } from './place.ts';
import { endAgentProcesses } from './processes.ts';
import { createPrograms } from './programs.ts';
import type { Programs } from './programs.ts';
import { startRelay, supervisorHeader } from './relay.ts';
import type { Relay } from './relay.ts';
import { createSaver } from './saver.ts';
import type { Saver } from './saver.ts';
import { createSetupDoor } from './setup/door.ts';
import type { SetupDoor } from './setup/door.ts';

/**
 * Events with words that a check may have chosen (a host that it asked for, a path), besides its output. Names of checks and ids are
 * left alone: results are found by them.
 */
const told: ReadonlySet<SupervisorEventType> = new Set<SupervisorEventType>(['egress.refused', 'git.command', 'warning', 'error']);

/** What a supervisor works with, wired to one another. */
export interface Parts {
  place: Place;
  job: SupervisorJob;
  log: EventLog;
  relay: Relay;
  remote: Remote;
  git: Git;
  gitPaths: CheckoutPaths;
  files: GatewayFiles;
  setupDoor: SetupDoor;
  programs: Programs;
  driver: AgentDriver | null;
  saver: Saver;
  state: State;
  /** What checks are run with: the project's secrets, asked for anew each time. */
  checkEnvironment(): Promise<CheckEnvironment>;
  /** Kills all that the agent left running, and resolves when it is gone. DomainError `isolation`. */
  endAgent(): Promise<void>;
  /** Last reports of the agent's own containers; null where there are none. */
  usageElsewhere: (() => ContainerUsage[]) | null;
  /** When the agent or one of its programs last gave a sign of life (epoch ms), model traffic included. */
  lastActivityMs(): number;
}

/** What changes over the life of a supervisor. */
export interface State {
  /** What the agent's work stands on. */
  checkoutCommit: string;
  /** Whether anybody but the setup may have changed the checkout since. */
  touched: boolean;
  /** Why the checkout may not be where it was last to be moved; null: it is there. */
  astray: string | null;
  /** The last limit that was broken, until the next command begins. */
  broken: Broken | null;
  booted: boolean;
  executing: boolean;
}

/** Opens the event file and the relay, and builds the rest around them. `onFull` is told when the event file is full. */
export async function createParts(input: { place: Place; job: SupervisorJob; runToken: string; onFull: () => void }): Promise<Parts> {
  const { place, job } = input;
  const gitPaths = { gitDir: place.gitDir, objectsDir: join(place.gitDir, 'objects'), checkoutDir: place.checkoutDir };
  const folders = [gitPaths.objectsDir, place.attachmentsDir, place.homeDir];
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  const log = openEventLog({
    path: join(place.privateDir, 'events.jsonl'),
    maxBytes: job.limits.outputBytes,
    onFull: input.onFull,
    mask: (type, data) => (told.has(type) ? maskNamedDeep(data) : data),
  });
  const { emit } = log;
  const supervisorKey = randomBytes(24).toString('base64url');
  const { doorSocket, relayPort: port } = place;
  const model = job.executor.name === 'none' ? 'none' : job.modelPlace;
  const relay = await startRelay({ port, doorSocket, runToken: input.runToken, supervisorKey, model, emit });
  const relayUrl = `http://127.0.0.1:${relay.port}`;
  const remote: Remote = {
    url: `${relayUrl}/git/run.git`,
    submodules: createSubmoduleReader({ relayUrl, supervisorKey, checkoutDir: place.checkoutDir, emit }),
  };
  const launch = await openLaunchPlaces(place);
  const sandbox = createAgentSandbox({ place, limits: job.limits, relayUrl, objectsDir: gitPaths.objectsDir, launch });
  const header = `${supervisorHeader}: ${supervisorKey}`;
  const git = createGit({ gitDir: place.gitDir, workTree: place.checkoutDir, path: place.path, header, emit });
  const files = createGatewayFiles(relayUrl, supervisorKey);
  const setupDoor = createSetupDoor(relayUrl, supervisorKey);
  const state: State = { checkoutCommit: job.checkout.commit, touched: false, astray: null, broken: null, booted: false, executing: false };

  let activityMs = Date.now();
  const touch = (): void => {
    activityMs = Date.now();
  };
  const driver = createDriver(job.executor, {
    emit,
    spawn: (argv, options) => sandbox.spawn(argv, options),
    activity: touch,
    homeDir: place.homeDir,
    checkoutDir: place.checkoutDir,
    relayUrl,
    codexPath: place.codexPath,
    model: job.model,
    outputBytes: job.limits.outputBytes,
    modelRefused: relay.modelRefused,
  });
  const saver = createSaver({
    git,
    remoteUrl: remote.url,
    snapshot: () => ({ ...gitPaths, checkoutCommit: state.checkoutCommit, maxFileBytes: job.maxFileBytes, sandbox, path: place.path }),
    driver,
    homeDir: place.homeDir,
    files,
    emit,
    sync: log.sync,
  });
  const lastActivityMs = () => Math.max(activityMs, relay.lastModelTrafficMs());
  const programs = createPrograms(sandbox, touch);
  const endAgent = async (): Promise<void> => {
    if (!launch) return endAgentProcesses(place.marker);
    await Promise.all([launch.writing.endAll(), launch.reading.endAll()]);
  };
  const checkEnvironment = () => fetchCheckSecrets(relayUrl, supervisorKey);
  const usageElsewhere = launch && (() => [launch.writing, launch.reading].flatMap((at) => at.usage() ?? []));
  const rooms = { place, job, log, relay, remote, git, gitPaths, files, setupDoor, programs, driver, saver, state };
  return { ...rooms, checkEnvironment, endAgent, usageElsewhere, lastActivityMs };
}

async function openLaunchPlaces({ launch }: Place): Promise<LaunchPlaces | null> {
  if (!launch) return null;
  const [writing, reading] = await Promise.all([openLaunchPlace(launch.writing), openLaunchPlace(launch.reading)]);
  return { writing, reading };
}
