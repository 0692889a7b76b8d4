import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { uploadAttachment } from '../client/index.ts';
import { openHarness, startupToken, type Harness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const png = Buffer.from('\x89PNG\r\n\x1a\n rest of a picture', 'latin1');
const script = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');

async function upload(bytes: Buffer, mediaType: string): Promise<string> {
  const options = { baseUrl: harness.url, token: startupToken };
  return (await uploadAttachment(options, { name: 'file', mediaType, bytes: new Uint8Array(bytes) })).artifactId;
}

describe('downloading an attachment', () => {
  it('shows a picture by what it is, under the name that is asked for', async () => {
    const artifactId = await upload(png, 'text/html');

    const response = await harness.fetch(`/api/attachments/${artifactId}?name=${encodeURIComponent('a "b"; ü’.png')}`);

    expect(Buffer.from(await response.arrayBuffer())).toEqual(png);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-disposition')).toBe(`inline; filename*=UTF-8''a%20%22b%22%3B%20%C3%BC%E2%80%99.png`);
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('gives anything else as a file that no browser opens, whatever it was said to be', async () => {
    const artifactId = await upload(script, 'image/svg+xml');

    const response = await harness.fetch(`/api/attachments/${artifactId}`);

    expect(Buffer.from(await response.arrayBuffer())).toEqual(script);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toBe('attachment');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('gives the whole body of an event that was too long for the log', async () => {
    const text = 'x'.repeat(200_000);
    const requestId = uuid();
    const scope = { tenantId: 'default', requestId, runId: null, attempt: null };
    await harness.runLog.append(scope, [{ type: 'agent.message', emittedAtMs: 1, data: { itemId: 'i', text } }], 'long');
    const [event] = await harness.runLog.read('default', { requestId, afterSeq: 0, limit: 1 });
    const { artifactId } = event?.data as unknown as { artifactId: string };

    const response = await harness.fetch(`/api/attachments/${artifactId}`);

    expect(await response.text()).toBe(text);
  });

  it('gives neither what runs store for themselves nor what another tenant has', async () => {
    const bytes = new Uint8Array(png);
    const input = { mediaType: 'image/png', bytes };
    const bundle = await harness.deps.artifacts.put('default', { ...input, kind: 'bundle' });
    const foreign = await harness.deps.artifacts.put('other', { ...input, kind: 'attachment' });

    for (const artifactId of [bundle.artifactId, foreign.artifactId, uuid()]) {
      const response = await harness.fetch(`/api/attachments/${artifactId}`);

      expect(await response.json()).toMatchObject({ code: 'not-found', status: 404 });
    }
  });

  it.each(['..%2Fx', 'a%0D%0ASet-Cookie:x', '%00'])('refuses the name %s', async (name) => {
    const artifactId = await upload(png, 'image/png');

    const response = await harness.fetch(`/api/attachments/${artifactId}?name=${name}`);

    expect(await response.json()).toMatchObject({ code: 'attachment-name', status: 422 });
  });
});
