import type Docker from 'dockerode';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { createLadder } from './ladder.ts';
import type { LadderListener } from './ladder.ts';
import { finished } from './stream.ts';

/** Pulls an image to its end. DomainError `docker-image`, or what the daemon said. */
export async function pullImage(docker: Docker, image: string): Promise<void> {
  await finished(await docker.pull(image));
}

const passing =
  /timeout|timed out|connection (refused|reset)|\beof\b|toomanyrequests|too many requests|tls handshake|http status:? 50\d|said nothing/i;

/** True for a failed pull that may succeed later without anybody doing anything. Pure. */
export function mayPass(problem: string): boolean {
  return passing.test(problem);
}

/**
 * Has an image that a project names: there, or pulled; nothing else does in its place. DomainError `setup-failed`, transient where the registry may
 * answer later.
 */
export async function ensureNamedImage(docker: Docker, image: string, wantedBy: string, listener: LadderListener): Promise<void> {
  const ladder = createLadder(listener);
  if (await ladder.rung('found', image, () => docker.getImage(image).inspect())) return;
  if (await ladder.rung('pull', image, () => pullImage(docker, image))) return;
  const why = ladder.problems.join('; ');
  throw new DomainError(
    mayPass(why) ? 'transient' : 'permanent',
    'setup-failed',
    `workspace: the image ${image} of ${wantedBy} cannot be had (${why}). Load it into the Docker daemon of this host by hand (a pull has no credentials), or name another one`,
  );
}
