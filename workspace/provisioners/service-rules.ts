import { DomainError } from '../../workflows/contracts/errors.ts';
import type { ServiceSpec } from '../port.ts';
import { inside } from './host-folder/inside.ts';

const mebibyte = 1024 ** 2;

/** What one service may take, wherever it runs. Written files are memory, so that they have a limit and end with it. */
export const serviceLimits = {
  memoryBytes: 1024 * mebibyte,
  /** Of each folder that it may write in. */
  scratchBytes: 512 * mebibyte,
  sharedMemoryBytes: 128 * mebibyte,
  tasks: 512,
} as const;

/** How long a service may take until its port answers, in seconds. */
export const readySeconds = 120;

/** Asks a port of the loopback until it answers; ends with 1 when it does not in time. */
const waitProgram = `
const [port, seconds] = process.argv.slice(1).map(Number);
const deadline = Date.now() + seconds * 1000;
(function ask() {
  const socket = require('node:net').connect(port, '127.0.0.1', () => process.exit(0));
  socket.on('error', () => (Date.now() > deadline ? process.exit(1) : setTimeout(ask, 50)));
})();
`;

/**
 * A program for the workspace's container, whose loopback is nobody else's: ends with 0 once the port answers, with 1 after `seconds`.
 * Pure.
 */
export function waitForPort(port: number, seconds: number): string[] {
  return [inside.node, '-e', waitProgram, String(port), String(seconds)];
}

/** The folders that a service may write in: everybody's, and those that its image declares as volumes. Pure. */
export function scratchFolders(volumes: readonly string[]): string[] {
  return [...new Set(['/tmp', '/run', ...volumes])];
}

/** How a service is called in events and errors. Pure. */
export function subjectOf({ name, image }: ServiceSpec): string {
  return `${name} (${image})`;
}

/** Why a service is not ready. Pure. */
export function notReady({ port }: ServiceSpec, ended: { exitCode: number; reason?: string } | null): string {
  if (ended === null) return `did not answer on port ${port} within ${readySeconds} s`;
  const why = ended.reason === undefined ? '' : ` (${ended.reason})`;
  return `ended with exit code ${ended.exitCode}${why} before its port ${port} answered`;
}

/** DomainError `setup-failed` of services one of which listens on the port of the workspace's own door. Pure. */
export function portTaken(specs: readonly ServiceSpec[], port: number): DomainError {
  const who = `${specs.length === 1 ? 'the service' : 'one of the services'} ${specs.map(subjectOf).join(', ')}`;
  const text = `workspace: ${who} takes port ${port}, which is the gateway's in every workspace. Have it listen elsewhere, by its env or its image`;
  return new DomainError('permanent', 'setup-failed', text);
}

/** DomainError `setup-failed` of a service with a problem (`notReady`), and its last words. Pure. */
export function serviceFailure(spec: ServiceSpec, problem: string, said: string): DomainError {
  return new DomainError(
    'permanent',
    'setup-failed',
    `workspace: the service ${subjectOf(spec)} ${problem}${said === '' ? '' : `: ${said}`}. Mend its image, port or env in the project`,
  );
}
