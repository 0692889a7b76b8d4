import { describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./histories/', import.meta.url));

describe('replay', () => {
  it('runs every recorded history through the workflows of today', async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));
    const histories = await Promise.all(
      names.map(async (name) => ({ workflowId: name, history: JSON.parse(await readFile(`${folder}${name}`, 'utf8')) as unknown })),
    );
    const failures: string[] = [];

    const workflowsPath = fileURLToPath(new URL('./index.ts', import.meta.url));
    for await (const result of Worker.runReplayHistories({ workflowsPath }, histories)) {
      if (result.error) failures.push(`${result.workflowId}: ${result.error.message}`);
    }

    expect(failures).toEqual([]);
    // Those of today, and those from before commands changed their order.
    expect(names.filter((name) => !name.startsWith('earlier/')).length).toBeGreaterThan(20);
    expect(names.filter((name) => name.startsWith('earlier/')).length).toBeGreaterThan(20);
  });
});
