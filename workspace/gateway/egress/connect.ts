import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { finish, refuseTunnel } from '../door.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { isPublicAddress } from '../../../config/public-address.ts';
import { parseAllowEntry, parseTarget, refuseTarget, type AllowEntry, type Target } from './allowlist.ts';

export interface EgressOptions {
  logger: Logger;
  /** Entries that every workspace has, beside its own. */
  allow?: readonly string[];
  connectTimeoutMs?: number;
  idleTimeoutMs?: number;
  /** All addresses of a name. */
  resolve?: (host: string) => Promise<string[]>;
  /** Which addresses may be connected to; public ones unless told otherwise. */
  isAllowedAddress?: (address: string) => boolean;
}

type Tunnel = (request: IncomingMessage, socket: Duplex, head: Buffer, grant: WorkspaceGrant) => Promise<void>;

/**
 * CONNECT to allowed names. The name is resolved here, once, and the tunnel goes to an address that was checked, so that no
 * second answer of a DNS server can lead it elsewhere. A refusal is 403 `{code, host, port, reason}` and a log line; a
 * target that does not answer is 502.
 */
export function createEgress(options: EgressOptions): Tunnel {
  const common = (options.allow ?? []).map(parseAllowEntry);
  const resolve = options.resolve ?? resolveAll;
  const isAllowedAddress = options.isAllowedAddress ?? isPublicAddress;
  return async function tunnel(request, socket, head, grant) {
    const fields = { workspaceId: grant.workspaceId, runId: grant.runId, target: request.url?.slice(0, 300) };
    const refuse = (status: number, code: string, reason: string) => {
      options.logger.warn('egress refused', { ...fields, code, reason });
      refuseTunnel(socket, request.url, { status, code, message: reason });
    };
    const target = parseTarget(request.url);
    if (!target) return refuse(400, 'egress-malformed', 'The target is not host:port.');
    const refusal = refuseTarget(target, [...common, ...readEntries(grant.egressAllow, options.logger)]);
    if (refusal) return refuse(403, refusal.code, refusal.reason);
    let addresses: string[];
    try {
      addresses = await resolve(target.host);
    } catch (error) {
      return refuse(502, 'egress-unresolved', `The name ${target.host} could not be resolved: ${messageOf(error)}.`);
    }
    // One private address among public ones is how rebinding looks: the whole answer is refused.
    const [address] = addresses;
    if (!address || !addresses.every(isAllowedAddress)) {
      return refuse(403, 'egress-private', `${target.host} leads to an address that is not on the public internet.`);
    }
    try {
      const upstream = await open(address, target.port, options.connectTimeoutMs ?? 10_000);
      splice(socket, upstream, head, options.idleTimeoutMs ?? 300_000, (bytes) =>
        options.logger.info('egress tunnel closed', { ...fields, ...bytes }),
      );
    } catch (error) {
      refuse(502, 'egress-unreachable', `${target.host}:${target.port} did not answer: ${messageOf(error)}.`);
    }
  };
}

/** A project's entry that does not read is skipped, never widened. */
function readEntries(entries: readonly string[], logger: Logger): AllowEntry[] {
  return entries.flatMap((entry) => {
    try {
      return [parseAllowEntry(entry)];
    } catch {
      logger.warn('egress entry skipped', { entry });
      return [];
    }
  });
}

async function resolveAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function open(address: string, port: Target['port'], timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const upstream = connectSocket({ host: address, port });
    const timer = setTimeout(() => upstream.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    upstream.once('error', reject);
    upstream.once('close', () => clearTimeout(timer));
    upstream.once('connect', () => {
      clearTimeout(timer);
      upstream.removeListener('error', reject);
      resolve(upstream);
    });
  });
}

function splice(
  socket: Duplex,
  upstream: Socket,
  head: Buffer,
  idleMs: number,
  onClosed: (bytes: { sentBytes: number; receivedBytes: number }) => void,
): void {
  const end = () => {
    socket.destroy();
    upstream.destroy();
  };
  upstream.on('error', end);
  upstream.setTimeout(idleMs, end);
  upstream.once('close', () => {
    finish(socket);
    onClosed({ sentBytes: upstream.bytesWritten, receivedBytes: upstream.bytesRead });
  });
  socket.once('close', end);
  if (socket.destroyed) return end();
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) upstream.write(head);
  upstream.pipe(socket);
  socket.pipe(upstream);
}
