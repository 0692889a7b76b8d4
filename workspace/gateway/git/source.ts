import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { otherEndCommand } from './git-environment.ts';
import type { GitConfig } from './git-environment.ts';
import type { RepositorySource } from './port.ts';

/** A source whose address was checked: a path on this machine, or an http(s) URL. */
export type CheckedSource = { kind: 'folder'; path: string } | { kind: 'git'; url: string; path: string | null };

const validForms = 'valid are https:// and http:// URLs, absolute paths and file:// URLs';

function refuse(code: string, message: string): DomainError {
  return new DomainError('permanent', code, `repository: ${message}`);
}

/**
 * Checks a source's address. DomainErrors: `unsupported-url` (another scheme, a relative path), `credentials-in-url`, and
 * `path-not-allowed` where the deployment keeps its file system to itself.
 */
export function checkSource(source: RepositorySource, allowPaths: boolean): CheckedSource {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f]/.test(source.url)) throw refuse('unsupported-url', `the address holds control characters; ${validForms}`);
  const path = localPath(source.url);
  if (path !== null) {
    if (!allowPaths) throw refuse('path-not-allowed', 'paths of this machine are not allowed here; use an https:// URL');
    return source.kind === 'folder' ? { kind: 'folder', path } : { kind: 'git', url: path, path };
  }
  if (source.kind === 'folder') throw refuse('unsupported-url', 'a folder is named by its absolute path');
  const url = URL.canParse(source.url) ? new URL(source.url) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw refuse('unsupported-url', `this address cannot be cloned; ${validForms}`);
  if (url.username !== '' || url.password !== '') {
    throw refuse('credentials-in-url', 'the address holds a user or password; remove it and store the credential with the forge instead');
  }
  return { kind: 'git', url: source.url, path: null };
}

function localPath(url: string): string | null {
  if (isAbsolute(url)) return url;
  if (!url.startsWith('file://')) return null;
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new DomainError('permanent', 'unsupported-url', `repository: ${messageOf(cause)}; ${validForms}`, { cause });
  }
}

/** Names the source `origin` for one command, so that its address stays out of argv. */
export function originConfig(url: string): GitConfig {
  return [
    ['remote.origin.url', url],
    ['remote.origin.uploadpack', otherEndCommand('upload-pack')],
    ['remote.origin.receivepack', otherEndCommand('receive-pack')],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
  ];
}
