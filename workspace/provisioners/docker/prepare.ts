import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { findCodex } from '../../executors/codex/binary.ts';
import { ensureImage } from '../../image/ensure.ts';
import type { ImageStep } from '../../image/ensure.ts';
import type { StepListener } from '../../port.ts';
import { ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import { inside } from '../host-folder/inside.ts';
import { tellStep } from '../shared-work.ts';
import { requireAnswer } from './client.ts';
import type { DockerDaemon } from './client.ts';
import { installationOf } from './names.ts';
import { proveIsolation } from './probe.ts';
import type { Proven } from './probe.ts';

export interface DockerProvisionerOptions {
  daemon: DockerDaemon;
  /** Holds one folder a workspace; absolute, on a file system of this machine. */
  workspacesDir: string;
  /** For the supervisor's bundle. */
  cacheDir: string;
  /** The gateway's repositories of runs, where they are on this machine: objects are taken from there. */
  runsDir?: string;
  /** For what images are made of; shared by the installations of a user. */
  imageCacheDir: string;
  /** The gateway's door; it may not exist yet. */
  doorSocket: string;
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
  bundlePath: string;
  codexPath: string;
  bwrapPath: string;
}

/** Has an image, a supervisor and the proof that the daemon isolates, and tells the steps. DomainErrors say what is missing. */
export async function prepareDocker(options: DockerProvisionerOptions, tell: StepListener): Promise<Prepared> {
  const { daemon, logger } = options;
  const codex = findCodex();
  await requireAnswer(daemon);
  const image = await ensureImage({
    docker: daemon.docker,
    configured: options.image,
    cacheDir: options.imageCacheDir,
    nodePath: process.execPath,
    codex,
    onBegin(step, name) {
      options.onImageBegin?.(step, name);
      if (step !== 'found') tell({ type: 'preparation.started', emittedAtMs: Date.now(), data: { step, subject: name } });
    },
    onStep(step) {
      logger.info('workspace image', { ...step });
      options.onImageStep?.(step);
      tellEnd(step, tell);
    },
  });
  const shared = {
    bundlePath: await ensureSupervisorBundle(options.cacheDir),
    codexPath: join(inside.codex, codex?.binary ?? join('bin', 'codex')),
    bwrapPath: join(inside.codex, codex?.bwrap ?? join('codex-resources', 'bwrap')),
  };
  const installation = installationOf(options.workspacesDir);
  const proven = await tellStep(tell, { step: 'probe', subject: image }, () =>
    proveIsolation({ ...options, ...shared, image, installation }),
  );
  return { proven, ...shared };
}

/** An image that was there cost nobody any time. */
function tellEnd({ step, image, ...rest }: ImageStep, tell: StepListener): void {
  if (step !== 'found') tell({ type: 'preparation.completed', emittedAtMs: Date.now(), data: { step, subject: image, ...rest } });
}
