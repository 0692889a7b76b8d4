import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DomainError } from '../workflows/contracts/errors.ts';

const version = 'v1';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;

/**
 * Text that only a holder of the key reads: AES-256-GCM (NIST SP 800-38D) with a random nonce, as
 * `v1.<key id>.<nonce>.<sealed>.<tag>`. `context` says what it belongs to; it opens nowhere else. Pure but for the nonce.
 */
export function seal(key: string, text: string, context: readonly string[]): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOf(key), nonce).setAAD(contextOf(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [version, idOf(key), ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

/** The text of an envelope, by whichever of the keys it was sealed with. DomainErrors `envelope-key` (none of them), `envelope-broken`. */
export function unseal(keys: readonly string[], envelope: string, context: readonly string[]): string {
  const [found, keyId, ...parts] = envelope.split('.');
  const [nonce, sealed, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (found !== version || !nonce || !sealed || !tag || parts.length !== 3) throw broken('it is not an envelope');
  const key = keys.find((each) => idOf(each) === keyId);
  if (key === undefined) throw new DomainError('permanent', 'envelope-key', 'it was stored under another key than this installation has');
  try {
    const decipher = createDecipheriv(algorithm, keyOf(key), nonce, { authTagLength: 16 }).setAAD(contextOf(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw broken('it was changed, or belongs elsewhere', cause);
  }
}

function broken(reason: string, cause?: unknown): DomainError {
  return new DomainError('permanent', 'envelope-broken', reason, { cause });
}

/** 256 bits of a key file's text. */
function keyOf(key: string): Buffer {
  return createHash('sha256').update('astraforge envelope\0').update(key).digest();
}

/** Tells keys apart without telling anything of them. */
function idOf(key: string): string {
  return createHash('sha256').update('astraforge envelope id\0').update(key).digest('hex').slice(0, 12);
}

function contextOf(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8');
}
