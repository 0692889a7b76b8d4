import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../workflows/contracts/errors.ts';
import { errorCodeOf } from './error-code.ts';
import { registerSecret } from './redaction.ts';

/** The laptop's own secrets, URL-safe text of 256 bits each. */
export interface Keys {
  /** Signs in at the API and the page. */
  startupToken: string;
  /** Control plane to gateway. */
  serviceKey: string;
  /** HMAC key of run tokens. */
  runTokenKey: string;
}

/** File of each key inside `keys/`. */
const keyFiles = { startupToken: 'startup-token', serviceKey: 'service-key', runTokenKey: 'run-token-key' } as const;

const keyPattern = /^[A-Za-z0-9_-]{32,}$/;

/**
 * Reads the keys of `dir`, makes the missing ones (0600 in a 0700 folder) and registers all with the redactor. Safe when
 * several processes start at once. DomainError `key-broken` for one that was truncated.
 */
export async function loadOrCreateKeys(dir: string): Promise<Keys> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const keys: Keys = {
    startupToken: await loadOrCreate(join(dir, keyFiles.startupToken)),
    serviceKey: await loadOrCreate(join(dir, keyFiles.serviceKey)),
    runTokenKey: await loadOrCreate(join(dir, keyFiles.runTokenKey)),
  };
  for (const key of Object.values(keys)) registerSecret(key);
  return keys;
}

/**
 * The key that run tokens were signed with before the present one: it still opens the door, so that agents at work live through a
 * change of the key. Null when there is none.
 */
export async function loadPreviousRunTokenKey(dir: string): Promise<string | null> {
  const key = await readOrNull(join(dir, `${keyFiles.runTokenKey}.previous`));
  if (key !== null) registerSecret(key);
  return key;
}

/** File of the key that projects' secrets are stored under, inside `keys/`. */
const projectSecretKeyFile = 'project-secret-key';

/**
 * Keys of projects' secrets, the present one first: made when missing, then that of before (`project-secret-key.previous`) where
 * there is one, so that a change of the key leaves what was stored readable. DomainError `key-broken`.
 */
export async function loadProjectSecretKeys(dir: string): Promise<readonly [string, ...string[]]> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const present = await loadOrCreate(join(dir, projectSecretKeyFile));
  const previous = await readOrNull(join(dir, `${projectSecretKeyFile}.previous`));
  const keys = [present, ...(previous === null ? [] : [previous])] as const;
  for (const key of keys) registerSecret(key);
  return keys;
}

async function loadOrCreate(path: string): Promise<string> {
  const existing = await readOrNull(path);
  if (existing !== null) return existing;
  // A whole file appears under its name at once (link), so no other process ever reads half a key.
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readOrNull(path);
  if (made === null) throw new DomainError('transient', 'key-broken', `keys: ${path} vanished while it was made; start again`);
  return made;
}

async function readOrNull(path: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
  if (!keyPattern.test(text)) {
    throw new DomainError('permanent', 'key-broken', `keys: ${path} is not a key; remove it and start again to make a new one`);
  }
  await chmod(path, 0o600);
  return text;
}
