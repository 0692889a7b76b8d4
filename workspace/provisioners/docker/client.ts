import Docker from 'dockerode';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';

/** A daemon by the socket that reaches it. */
export interface DockerDaemon {
  docker: Docker;
  socketPath: string;
}

const answerMs = 3_000;
const systemSocket = '/var/run/docker.sock';

/**
 * The daemon of DOCKER_HOST (`unix:///path`), else the system's socket. Contacts nobody.
 * DomainError `docker-host` for other kinds of address: files of a workspace are shared with the daemon, so it must be on this machine.
 */
export function openDaemon(dockerHost: string | undefined): DockerDaemon {
  const socketPath = socketOf(dockerHost);
  return { docker: new Docker({ socketPath }), socketPath };
}

function socketOf(dockerHost: string | undefined): string {
  if (dockerHost === undefined) return systemSocket;
  if (dockerHost.startsWith('unix:///')) return dockerHost.slice('unix://'.length);
  throw new DomainError(
    'permanent',
    'docker-host',
    `docker: DOCKER_HOST=${dockerHost} is no socket of this machine; set it to unix:///path/to/docker.sock, or PROVISIONER=local`,
  );
}

/** Resolves when the daemon answers within 3 s. DomainErrors of `dockerFailure`. */
export async function requireAnswer({ socketPath }: DockerDaemon): Promise<void> {
  try {
    await new Docker({ socketPath, timeout: answerMs }).ping();
  } catch (error) {
    throw dockerFailure('docker', error, socketPath);
  }
}

/** The HTTP status of a daemon's refusal; null when it did not answer at all. */
export function statusOf(error: unknown): number | null {
  const status = error instanceof Error ? (error as { statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' ? status : null;
}

const unreachable = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ABORT_ERR']);

/** What a daemon's error means here, with the next action. Whatever is a DomainError already passes. */
export function dockerFailure(stage: string, error: unknown, socketPath: string): DomainError {
  if (error instanceof DomainError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const said = messageOf(error).replace(/\s+/g, ' ').slice(0, 400);
  const fail = (kind: 'transient' | 'permanent', name: string, text: string) =>
    new DomainError(kind, name, `${stage}: ${text}`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return fail('permanent', 'docker-forbidden', `this user may not use ${socketPath}; join the group docker, or set PROVISIONER=local`);
  if (unreachable.has(code) || /socket hang up/.test(said))
    return fail(
      'transient',
      'docker-unreachable',
      `the Docker daemon at ${socketPath} does not answer; start it, or set PROVISIONER=local`,
    );
  if (/no space left on device/i.test(said))
    return fail(
      'transient',
      'docker-disk-full',
      `the disk of the Docker daemon is full (${said}); free space, for example by docker system prune`,
    );
  if (/no such image/i.test(said))
    return fail('transient', 'docker-image', `the workspace image is gone from the daemon (${said}); the next try makes it again`);
  if (/executable file not found|no such file or directory.*exec|exec:.*(no such file|not found)/i.test(said))
    return fail(
      'permanent',
      'docker-image',
      `the workspace image lacks a program (${said}); unset WORKSPACE_IMAGE or add it to that image`,
    );
  return fail('transient', 'docker', `the Docker daemon refused: ${said}`);
}
