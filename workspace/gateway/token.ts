import { errors, jwtVerify, SignJWT } from 'jose';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { SetupKey } from '../../workflows/contracts/setup-snapshot.ts';

const issuer = 'astraforge';
const audience = 'workspace-door';
const lifetime = '24h';
/** By how much the clocks of a host and its gateway may differ without anybody noticing. */
const toleranceSeconds = 300;

/**
 * Whom a run token stands for. It opens nothing by itself: the workspace's row decides at each use. What it says of a setup is the
 * host's word.
 */
export const RunTokenClaims = z.object({
  tenantId: z.string().min(1),
  /** Absent for a workspace that is made before its request: whose it is stands in its row alone. */
  requestId: z.string().min(1).optional(),
  workspaceId: z.string().min(1),
  /** Of the snapshot that it may begin with, or keep where there is none. Absent: it may do neither. */
  setupKey: SetupKey.optional(),
});
export type RunTokenClaims = z.infer<typeof RunTokenClaims>;

/** Signs a run token (JWT, HS256, 24 h) with the run-token key (at least 32 characters). */
export async function issueRunToken(key: string, claims: RunTokenClaims): Promise<string> {
  return new SignJWT(RunTokenClaims.parse(claims))
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(secretOf(key));
}

/**
 * Checks signature (by any of the keys, the present one first), age, issuer and claims. Permanent DomainErrors that never repeat the token:
 * `run-token-expired`, `run-token-clock` (signed in the future: two clocks differ), `run-token-invalid` for anything else.
 */
export async function verifyRunToken(keys: readonly string[], token: string): Promise<RunTokenClaims> {
  const secrets = keys.map(secretOf);
  const nowMs = Date.now();
  try {
    const options = { algorithms: ['HS256'], issuer, audience, clockTolerance: toleranceSeconds, currentDate: new Date(nowMs) };
    const payload = await readSigned(secrets, token, options);
    const aheadSeconds = (payload.iat ?? 0) - Math.floor(nowMs / 1000);
    if (aheadSeconds > toleranceSeconds) throw skewed(aheadSeconds, nowMs);
    return RunTokenClaims.parse(payload);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (error instanceof errors.JWTExpired) throw expired(error.payload.exp, nowMs);
    throw new DomainError(
      'permanent',
      'run-token-invalid',
      'The gateway refused the run token: it is forged or malformed. Start the run again.',
    );
  }
}

/** Tried one after the other: tokens of a key that was changed live on beside those of the new one. */
async function readSigned(secrets: readonly Uint8Array[], token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  const [secret, ...others] = secrets;
  if (!secret) throw new errors.JWSSignatureVerificationFailed();
  try {
    return (await jwtVerify(token, secret, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed && others.length > 0) return readSigned(others, token, options);
    throw error;
  }
}

function expired(expiresAt: number | undefined, nowMs: number): DomainError {
  return new DomainError(
    'permanent',
    'run-token-expired',
    `The run token expired at ${timeOf((expiresAt ?? 0) * 1000)}, and the gateway's clock says ${timeOf(nowMs)}. If that clock is right, start the run again; else set the clocks of both machines (NTP).`,
  );
}

function skewed(aheadSeconds: number, nowMs: number): DomainError {
  return new DomainError(
    'permanent',
    'run-token-clock',
    `The run token was signed ${aheadSeconds} s from now by the gateway's clock (${timeOf(nowMs)}). Set the clocks of the host and the gateway (NTP), then start the run again.`,
  );
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function secretOf(key: string): Uint8Array {
  if (key.length < 32)
    throw new DomainError(
      'permanent',
      'run-token-key-weak',
      'The run-token key is shorter than 32 characters. Remove it from the keys folder to have a new one made.',
    );
  return new TextEncoder().encode(key);
}
