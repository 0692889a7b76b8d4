import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectDemo } from './harness/demo.ts';

const limitMs = 280_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it(
    'goes from a prompt to a reviewed merge request, whose branch holds the approved commit and passes its tests',
    async () => {
      // Whatever Docker runs on this machine has a suite of its own.
      const told = await expectDemo(folder, { PROVISIONER: 'local' }, limitMs);

      expect(told).toContain('bubblewrap');
    },
    limitMs + 20_000,
  );
});
