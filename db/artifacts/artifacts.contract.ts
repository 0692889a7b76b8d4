import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ArtifactStore } from './port.ts';

const mebibyte = 1024 * 1024;

/** What every artifact store does. `open` makes one whose cap is `capBytes`. */
export function artifactStoreContract(
  name: string,
  open: (capBytes: number) => Promise<{ store: ArtifactStore; close(): Promise<void> }>,
): void {
  describe(`artifact store contract: ${name}`, () => {
    let store: ArtifactStore;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ store, close } = await open(4 * mebibyte));
    });

    afterAll(() => close());

    function put(bytes: Uint8Array, tenantId = 't', kind = 'bundle') {
      return store.put(tenantId, { kind, mediaType: 'application/octet-stream', bytes });
    }

    it.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 4 * mebibyte])('gives %i bytes back as they were', async (size) => {
      const bytes = randomBytes(size);

      const stored = await put(bytes);
      const read = await store.get('t', stored.artifactId);

      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(stored).toMatchObject({ sha256, sizeBytes: size });
      expect(read).toMatchObject({ kind: 'bundle', mediaType: 'application/octet-stream', sha256 });
      expect(Buffer.compare(bytes, read!.bytes)).toBe(0);
    });

    it('stores the same content once, also when it comes several times at once', async () => {
      const bytes = randomBytes(2 * mebibyte);

      const ids = (await Promise.all([put(bytes), put(bytes), put(bytes)])).map(({ artifactId }) => artifactId);
      const again = await put(bytes);

      expect(new Set([...ids, again.artifactId]).size).toBe(1);
    });

    it('keeps kinds and tenants apart', async () => {
      const bytes = randomBytes(10);

      const first = await put(bytes);
      const otherKind = await put(bytes, 't', 'session');
      const otherTenant = await put(bytes, 'u');

      expect(new Set([first.artifactId, otherKind.artifactId, otherTenant.artifactId]).size).toBe(3);
      expect(await store.get('u', first.artifactId)).toBeNull();
    });

    it('answers null for an id that there is not', async () => {
      expect(await store.get('t', 'nothing')).toBeNull();
    });

    it('refuses more than its cap by name and size', async () => {
      const tooLarge = put(new Uint8Array(4 * mebibyte + 1));

      await expect(tooLarge).rejects.toMatchObject({ kind: 'permanent', code: 'artifact-too-large' });
      await expect(tooLarge).rejects.toThrow(/4194305 bytes .* 4194304 bytes/);
      expect(store.capBytes).toBe(4 * mebibyte);
    });
  });
}
