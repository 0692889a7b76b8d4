import type Docker from 'dockerode';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { createLadder } from './ladder.ts';
import type { LadderListener } from './ladder.ts';
import { finished } from './stream.ts';

/** Pulls an image to its end. DomainError `docker-image`, or what the daemon said. */
export async function pullImage(docker: Docker, image: string): Promise<void> {
  await finished(await docker.pull(image));
}

const passing =
  /timeout|timed out|connection (?:refused|reset)|\beof\b|toomanyrequests|too many requests|tls handshake|http status:? 50\d|said nothing/i;
const lasting =
  /manifest unknown|name unknown|not found|no such host|server misbehaving|unauthorized|access denied|forbidden|no basic auth|no matching manifest|no space left|x509|http response to https|no route to host|network is unreachable|http status:? \d{3}/i;
const known = new RegExp(`${passing.source}|${lasting.source}`, 'gi');

/** True for a failed pull that may succeed later without anybody doing anything. Pure. */
export function mayPass(problem: string): boolean {
  return passing.test(problem);
}

/**
 * Why a pull failed, in no words but those that are known: daemons quote what answered, and that may be anything that the host reaches.
 * Pure.
 */
export function pullReason(problem: string): string {
  const found = new Set(Array.from(problem.matchAll(known), ([words]) => words.toLowerCase()));
  return found.size > 0 ? [...found].join(', ') : 'for a reason that is in the log of the Docker daemon';
}

/**
 * Has an image that a project names: there, or pulled; nothing else does in its place. DomainError `setup-failed`, transient where the registry may
 * answer later.
 */
export async function ensureNamedImage(docker: Docker, image: string, wantedBy: string, listener: LadderListener): Promise<void> {
  const ladder = createLadder(listener);
  // With its tag: a daemon takes a bare word for the beginning of an id, too.
  if (await ladder.rung('found', image, () => docker.getImage(tagged(image)).inspect())) return;
  if (await ladder.rung('pull', image, () => pullPlainly(docker, image))) return;
  const why = ladder.problems.join('; ');
  throw new DomainError(
    mayPass(why) ? 'transient' : 'permanent',
    'setup-failed',
    `workspace: the image ${image} of ${wantedBy} cannot be had (${why}). Load it into the Docker daemon of this host by hand (a pull has no credentials), or name another one`,
  );
}

function tagged(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

async function pullPlainly(docker: Docker, image: string): Promise<void> {
  try {
    await pullImage(docker, image);
  } catch (error) {
    throw new DomainError('transient', 'docker-image', pullReason(messageOf(error)), { cause: error });
  }
}
