import { describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { issueRunToken, verifyRunToken } from './token.ts';

const key = 'k'.repeat(43);
const claims = { tenantId: 't', requestId: 'r', workspaceId: 'w' };

describe('run tokens', () => {
  it('carry their claims from issue to verification', async () => {
    const token = await issueRunToken(key, claims);

    expect(await verifyRunToken([key], token)).toEqual(claims);
  });

  it.each([
    ['of another key', () => issueRunToken('x'.repeat(43), claims)],
    ['without a signature', async () => new UnsecuredJWT(claims).setIssuer('astraforge').setAudience('workspace-door').encode()],
    ['that is cut', async () => (await issueRunToken(key, claims)).slice(0, -4)],
    ['of another audience', () => sign({ ...claims, aud: 'elsewhere' })],
    ['without a workspace', () => sign({ tenantId: 't', requestId: 'r' })],
  ])('are refused %s, without repeating the token', async (_case, make) => {
    const token = await make();

    const refusal = verifyRunToken([key], token);

    await expect(refusal).rejects.toMatchObject({ code: 'run-token-invalid', kind: 'permanent' });
    await expect(refusal).rejects.not.toThrow(token);
  });

  it.each([
    ['expired, with both times', { iat: -90_000, exp: -3_600 }, 'run-token-expired', /expired at 20.*clock says 20/],
    ['signed in the future, with the difference', { iat: 3_600, exp: 90_000 }, 'run-token-clock', /3[56]\d\d s from now.*Set the clocks/],
  ])('are refused when they are %s and what to do about the clocks', async (_case, { iat, exp }, code, said) => {
    const now = Math.floor(Date.now() / 1000);
    const token = await sign({ ...claims, iat: now + iat }, now + exp);

    const refusal = verifyRunToken([key], token);

    await expect(refusal).rejects.toMatchObject({ code, kind: 'permanent', message: expect.stringMatching(said) });
    await expect(refusal).rejects.not.toThrow(token);
  });

  it.each([
    ['behind', { iat: 120, exp: 3_600 }],
    ['ahead', { iat: -86_400, exp: -120 }],
  ])('hold where the clock of the gateway is two minutes %s', async (_case, { iat, exp }) => {
    const now = Math.floor(Date.now() / 1000);
    const token = await sign({ ...claims, iat: now + iat }, now + exp);

    expect(await verifyRunToken([key], token)).toEqual(claims);
  });

  it('of the key before are taken beside those of the present one, and those of any other are not', async () => {
    const keys = [key, 'p'.repeat(43)];
    const [present, before, other] = await Promise.all(['k', 'p', 'o'].map((letter) => issueRunToken(letter.repeat(43), claims)));

    expect(await verifyRunToken(keys, present ?? '')).toEqual(claims);
    expect(await verifyRunToken(keys, before ?? '')).toEqual(claims);
    await expect(verifyRunToken(keys, other ?? '')).rejects.toMatchObject({ code: 'run-token-invalid' });
    await expect(verifyRunToken([], present ?? '')).rejects.toMatchObject({ code: 'run-token-invalid' });
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
