import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { findCodex } from '../../executors/codex/binary.ts';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import { ensureImage } from '../../image/ensure.ts';
import type { ImageStep, LadderListener } from '../../image/ladder.ts';
import { ensureNamedImage } from '../../image/named.ts';
import type { StepListener } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { DoorChoice } from '../host-folder/door-link.ts';
import { inside } from '../host-folder/inside.ts';
import { tellStep } from '../shared-work.ts';
import { requireAnswer } from './client.ts';
import { dockerFailure, statusOf } from './failure.ts';
import type { DockerDaemon } from './client.ts';
import type { Premises } from './premises.ts';
import { proveIsolation } from './probe.ts';
import { requireOurProcessors } from './remote/processors.ts';
import type { Proven } from './probe.ts';

export interface DockerProvisionerOptions {
  daemon: DockerDaemon;
  /** Holds one folder a workspace, where the daemon shares them; absolute, on a file system of this machine. */
  workspacesDir: string;
  /** For the supervisor's bundle. */
  cacheDir: string;
  /** The gateway's repositories of runs, where they are on this machine: objects are taken from there. */
  runsDir?: string;
  /** For what images are made of; shared by the installations of a user. */
  imageCacheDir: string;
  /** The gateway's door; it may not exist yet. */
  doorSocket: string;
  /** Where there are several gateways: the one of a workspace. */
  chooseDoor?: DoorChoice;
  /** A person's own image; undefined: ours, built when it is not there. */
  image: string | undefined;
  /** Processors of one workspace. */
  cpus: number;
  logger: Logger;
  /** Told before each step on the way to the image that may take minutes, and after each. */
  onImageBegin?: (step: ImageStep['step'], image: string) => void;
  onImageStep?: (step: ImageStep) => void;
}

/** Everything that a container is started with, tried. */
export interface Prepared {
  proven: Proven;
  /** What the name of the image means: a container is started from what was tried. */
  imageId: string;
  bundlePath: string;
  codexPath: string;
  bwrapPath: string;
}

/**
 * Has an image (a project's own, or that of the installation), a supervisor and the proof that the daemon isolates with it, and tells
 * the steps. DomainErrors say what is missing.
 */
export async function prepareDocker(
  options: DockerProvisionerOptions,
  premises: Pick<Premises, 'installation' | 'look'>,
  ofProject: string | null,
  tell: StepListener,
): Promise<Prepared> {
  const { daemon } = options;
  const codex = findCodex();
  await requireAnswer(daemon);
  const image = ofProject ?? (await installationImage(options, codex, tell));
  if (ofProject !== null) await ensureNamedImage(daemon.docker, ofProject, 'the project', listenerOf(options, tell));
  const imageId = await requirePlainImage(daemon, image);
  const shared = {
    bundlePath: await ensureSupervisorBundle(options.cacheDir),
    codexPath: join(inside.codex, codex?.binary ?? join('bin', 'codex')),
    bwrapPath: join(inside.codex, codex?.bwrap ?? join('codex-resources', 'bwrap')),
  };
  const remedy =
    ofProject === null ? 'unset WORKSPACE_IMAGE or add it to that image' : 'name another image in the project, or add it to that one';
  const proven = await tellStep(tell, { step: 'probe', subject: image }, () =>
    proveIsolation({ ...options, ...shared, image, installation: premises.installation, remedy }, premises.look),
  );
  return { proven, imageId, ...shared };
}

async function installationImage(options: DockerProvisionerOptions, codex: CodexFiles | null, tell: StepListener): Promise<string> {
  if (options.daemon.remote && options.image === undefined) await requireOurProcessors(options.daemon);
  return ensureImage({
    docker: options.daemon.docker,
    configured: options.image,
    cacheDir: options.imageCacheDir,
    nodePath: process.execPath,
    codex,
    ...listenerOf(options, tell),
  });
}

/** Logs the rungs of a way to an image, and tells them to who waits for it. */
export function listenerOf(options: DockerProvisionerOptions, tell: StepListener | undefined): LadderListener {
  return {
    onBegin(step, subject) {
      options.onImageBegin?.(step, subject);
      if (step !== 'found') tell?.({ type: 'preparation.started', emittedAtMs: Date.now(), data: { step, subject } });
    },
    onStep(step) {
      options.logger.info('workspace image', { ...step });
      options.onImageStep?.(step);
      tellEnd(step, tell);
    },
  };
}

/** Id of the image that the daemon has by this name; null when it has none. DomainErrors of `dockerFailure`. */
export async function imageIdOf({ docker, address }: DockerDaemon, image: string): Promise<string | null> {
  try {
    return (await docker.getImage(image).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw dockerFailure('workspace', error, address);
  }
}

/** The image's id. DomainError `isolation` for one whose volumes would be disk without a limit. */
async function requirePlainImage({ docker, address }: DockerDaemon, image: string): Promise<string> {
  try {
    const { Id, Config } = await docker.getImage(image).inspect();
    const volumes = Object.keys(Config.Volumes ?? {});
    if (volumes.length === 0) return Id;
    throw new DomainError(
      'permanent',
      'isolation',
      `workspace: the image ${image} cannot be used: it declares volumes (${volumes.join(', ')}), which no limit holds for; build it without VOLUME`,
    );
  } catch (error) {
    throw dockerFailure('workspace', error, address);
  }
}

/** An image that was there cost nobody any time. */
function tellEnd({ step, image, ...rest }: ImageStep, tell: StepListener | undefined): void {
  if (step !== 'found') tell?.({ type: 'preparation.completed', emittedAtMs: Date.now(), data: { step, subject: image, ...rest } });
}
