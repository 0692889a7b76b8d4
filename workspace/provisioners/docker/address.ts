import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';

const systemSocket = '/var/run/docker.sock';
/** Of a daemon that speaks TLS, and of one that does not, where none is named. */
const usualPorts = { encrypted: 2376, plain: 2375 };

/** What the environment says of the Docker daemon. */
export interface DockerAccess {
  /** DOCKER_HOST. */
  host?: string | undefined;
  /** DOCKER_CERT_PATH: a folder with ca.pem, cert.pem and key.pem. */
  certPath?: string | undefined;
  /** DOCKER_TLS_VERIFY is set to something. */
  verifiesTls?: boolean;
}

/** Where a daemon listens. `certificates`: the folder of those that both sides show; null: nothing is encrypted. */
export type DockerAddress = { kind: 'socket'; path: string } | { kind: 'tcp'; host: string; port: number; certificates: string | null };

/**
 * What the environment's words mean. `homeDir`: certificates lie in `.docker` there where no folder is named, as with the docker program.
 * DomainError `docker-host` for an address that cannot be used, with what to set instead. Pure.
 */
export function addressOf({ host, certPath, verifiesTls = false }: DockerAccess, homeDir: string): DockerAddress {
  if (host === undefined) return { kind: 'socket', path: systemSocket };
  if (host.startsWith('unix:///')) return { kind: 'socket', path: host.slice('unix://'.length) };
  if (host.startsWith('ssh://')) throw unusable(host, sshRemedy(host));
  const url = host.startsWith('tcp://') && URL.canParse(host) ? new URL(host) : null;
  if (!url || url.hostname === '' || url.username !== '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    throw unusable(
      host,
      'is no address of a Docker daemon; set it to unix:///path/to/docker.sock or tcp://host:port, or PROVISIONER=local',
    );
  const certificates = certPath ?? (verifiesTls ? join(homeDir, '.docker') : null);
  if (certificates === null && !isLoopback(url.hostname))
    throw unusable(
      host,
      'is not encrypted, and whoever reaches an open Docker daemon is root there; have it listen with --tlsverify and set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem',
    );
  const port = Number(url.port) || (certificates === null ? usualPorts.plain : usualPorts.encrypted);
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port, certificates };
}

/** As messages name it. Pure. */
export function nameOf(address: DockerAddress): string {
  if (address.kind === 'socket') return address.path;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function unusable(host: string, why: string): DomainError {
  return new DomainError('permanent', 'docker-host', `docker: DOCKER_HOST=${host} ${why}`);
}

/** The library's SSH takes any key of a host for the right one. */
function sshRemedy(host: string): string {
  const target = URL.canParse(host) ? new URL(host) : null;
  const port = target?.port ? `-p ${target.port} ` : '';
  const who = target ? `${target.username === '' ? '' : `${target.username}@`}${target.hostname}` : 'user@host';
  return `cannot be used: AstraForge opens no SSH connection. Forward the socket by \`ssh -N ${port}-L 127.0.0.1:2375:${systemSocket} ${who}\`, where nobody else uses this machine, and set DOCKER_HOST=tcp://127.0.0.1:2375`;
}
