import { DomainError } from '../../../../workflows/contracts/errors.ts';
import type { DockerDaemon } from '../client.ts';
import { dockerFailure } from '../failure.ts';

/** As the kernel of a daemon's machine calls them, and as Node does. */
const names: Record<string, string> = { x86_64: 'x64', aarch64: 'arm64', arm64: 'arm64', amd64: 'x64' };

/** Why an image that is made of the programs of this machine is of no use there; null: it is. Pure. */
export function processorProblem(there: string, here: string): string | null {
  if (names[there] === here) return null;
  return `its processors are ${there} and those of this machine ${here}, whose programs our image is made of; set WORKSPACE_IMAGE to an image for ${there}`;
}

/** Before our own image is made at a daemon of another machine. DomainError `docker-image` when its programs would not run there. */
export async function requireOurProcessors({ docker, address }: DockerDaemon): Promise<void> {
  try {
    const { Architecture } = (await docker.info()) as { Architecture?: unknown };
    const problem = processorProblem(String(Architecture), process.arch);
    if (problem !== null)
      throw new DomainError('permanent', 'docker-image', `image: the Docker daemon at ${address} cannot use it: ${problem}`);
  } catch (error) {
    throw dockerFailure('image', error, address);
  }
}
