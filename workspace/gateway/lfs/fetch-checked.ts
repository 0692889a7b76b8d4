import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { isPublicAddress } from '../../../config/public-address.ts';

const silenceMs = 60_000;

/** A request that follows no redirect and takes its address at its word only where it is allowed. */
export type FetchChecked = (
  url: string,
  options: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string; trustedHost: string },
) => Promise<{ status: number; body: Readable }>;

/**
 * Goes to `trustedHost`, which a maintainer named, or to a host of the public internet: a server's answer must not lead into the
 * gateway's own network. The address that was checked is the one connected to. DomainError `lfs-unreachable`.
 */
export const fetchChecked: FetchChecked = (address, options) => {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return Promise.reject(refused('an address that is not http(s)'));
  const trusted = url.hostname === options.trustedHost;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (!trusted && isIP(literal) !== 0 && !isPublicAddress(literal)) return Promise.reject(refused(url.hostname));
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(
      url,
      { method: options.method, headers: options.headers, agent: false, ...(trusted ? {} : { lookup: publicLookup }) },
      (answer) => resolve({ status: answer.statusCode ?? 0, body: answer }),
    );
    request.setTimeout(silenceMs, () => request.destroy(new Error(`no byte within ${silenceMs} ms`)));
    request.on('error', (error) =>
      reject(error instanceof DomainError ? error : unreachable(`${url.hostname} did not answer: ${messageOf(error)}; try again`)),
    );
    request.end(options.body);
  });
};

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) return callback(refused(hostname), []);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  });
};

function refused(where: string): DomainError {
  return unreachable(`the LFS server leads to ${where}, which is not on the public internet; have it serve its objects itself`);
}

function unreachable(message: string): DomainError {
  return new DomainError('transient', 'lfs-unreachable', `lfs: ${message}`);
}
