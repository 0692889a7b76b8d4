import Docker from 'dockerode';
import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { homedir } from 'node:os';
import { addressOf, nameOf } from './address.ts';
import type { DockerAccess, DockerAddress } from './address.ts';
import { readCertificates, withFreshCertificates } from './certificates.ts';
import { withDeadlines } from './deadline.ts';
import { dockerFailure } from './failure.ts';

/** A daemon by what reaches it. */
export interface DockerDaemon {
  docker: Docker;
  /** As messages name it. */
  address: string;
  /** Where it listens, when it is reached by TCP: it has no files of this machine. Null: a socket of this machine. */
  remote: { host: string; port: number } | null;
  /** The same daemon for a question that must be answered soon. */
  impatient: Docker;
}

const soonMs = 3_000;
/** A connection of which nothing is heard is asked this often whether it still leads anywhere. */
const probeMs = 10_000;

/**
 * The daemon that the environment names (DOCKER_HOST, DOCKER_CERT_PATH), else the system's socket. Contacts nobody.
 * DomainErrors `docker-host`, and `docker-certificate` for files that are missing or no certificates.
 */
export function openDaemon(access: DockerAccess): DockerDaemon {
  const address = addressOf(access, homedir());
  const options = optionsOf(address);
  const folder = address.kind === 'tcp' ? address.certificates : null;
  const open = (): Docker => (folder === null ? new Docker(options) : withFreshCertificates(new Docker(options), folder));
  return {
    docker: withDeadlines(open()),
    address: nameOf(address),
    remote: address.kind === 'tcp' ? { host: address.host, port: address.port } : null,
    impatient: withDeadlines(open(), soonMs),
  };
}

function optionsOf(address: DockerAddress): Docker.DockerOptions {
  // Without these the library takes what the environment says before a socket.
  const nothingElse = { host: undefined, protocol: 'http', ca: undefined, cert: undefined, key: undefined } as const;
  if (address.kind === 'socket') return { ...nothingElse, socketPath: address.path };
  const { port, certificates } = address;
  const protocol = certificates === null ? 'http' : 'https';
  // Of an IPv6 address the library makes its own host, unless it comes as a whole address.
  const host = `${protocol}://${address.host.includes(':') ? `[${address.host}]` : address.host}`;
  const agentOptions = { keepAlive: true, keepAliveMsecs: probeMs };
  if (certificates === null) return withAgent({ protocol, host, port }, new PlainAgent(agentOptions));
  return withAgent({ protocol, host, port, ...readCertificates(certificates) }, new TlsAgent(agentOptions));
}

/** The library takes an agent; its types do not say so. */
function withAgent(options: Docker.DockerOptions, agent: PlainAgent): Docker.DockerOptions & { agent: PlainAgent } {
  return { ...options, agent };
}

/** Resolves when the daemon answers within 3 s. DomainErrors of `dockerFailure`. */
export async function requireAnswer({ impatient, address }: DockerDaemon): Promise<void> {
  try {
    await impatient.ping();
  } catch (error) {
    throw dockerFailure('docker', error, address);
  }
}
