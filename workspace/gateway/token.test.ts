import { describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { issueRunToken, verifyRunToken } from './token.ts';

const key = 'k'.repeat(43);
const claims = { tenantId: 't', requestId: 'r', workspaceId: 'w' };

describe('run tokens', () => {
  it('carry their claims from issue to verification', async () => {
    const token = await issueRunToken(key, claims);

    expect(await verifyRunToken(key, token)).toEqual(claims);
  });

  it.each([
    ['of another key', () => issueRunToken('x'.repeat(43), claims)],
    ['without a signature', async () => new UnsecuredJWT(claims).setIssuer('astraforge').setAudience('workspace-door').encode()],
    ['that is cut', async () => (await issueRunToken(key, claims)).slice(0, -4)],
    ['that expired', () => sign({ ...claims }, 1_000)],
    ['of another audience', () => sign({ ...claims, aud: 'elsewhere' })],
    ['without a workspace', () => sign({ tenantId: 't', requestId: 'r' })],
  ])('are refused %s, without repeating the token', async (_case, make) => {
    const token = await make();

    const refusal = verifyRunToken(key, token);

    await expect(refusal).rejects.toMatchObject({ code: 'run-token-invalid', kind: 'permanent' });
    await expect(refusal).rejects.not.toThrow(token);
  });

  it('are never signed with a short key', async () => {
    await expect(issueRunToken('short', claims)).rejects.toMatchObject({ code: 'run-token-key-weak' });
  });
});

function sign(payload: Record<string, unknown>, expiresAt: number = Math.floor(Date.now() / 1000) + 60): Promise<string> {
  return new SignJWT({ iss: 'astraforge', aud: 'workspace-door', ...payload })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(key));
}
