import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { DomainError } from '../../workflows/contracts/errors.ts';

const issuer = 'astraforge';
const audience = 'workspace-door';
const lifetime = '24h';

/** Whom a run token stands for. It opens nothing by itself: the workspace's row decides at each use. */
export const RunTokenClaims = z.object({ tenantId: z.string().min(1), requestId: z.string().min(1), workspaceId: z.string().min(1) });
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

/** Checks signature, age, issuer and claims. Anything else is a permanent DomainError `run-token-invalid` that never repeats the token. */
export async function verifyRunToken(key: string, token: string): Promise<RunTokenClaims> {
  try {
    const { payload } = await jwtVerify(token, secretOf(key), { algorithms: ['HS256'], issuer, audience });
    return RunTokenClaims.parse(payload);
  } catch {
    throw new DomainError(
      'permanent',
      'run-token-invalid',
      'The gateway refused the run token: it is forged, malformed or expired. Start the run again.',
    );
  }
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
