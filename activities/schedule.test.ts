import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { choosePorts } from '../cli/embedded/ports.ts';
import { type EmbeddedTemporal, startTemporal } from '../cli/embedded/temporal.ts';
import { housekeepingScheduleId, taskQueues, workflowIds, workflowTypes } from '../workflows/contracts/ids.ts';
import { ensureHousekeepingSchedule } from './schedule.ts';
import { presenceReader, slotSignaller } from './temporal.ts';

let folder: string;
let server: EmbeddedTemporal;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astraforge-schedule-'));
  const wish = { host: '127.0.0.1', preferred: null };
  const { temporal, ui } = await choosePorts(join(folder, 'ports.json'), { temporal: wish, ui: wish });
  server = await startTemporal({ dataDir: join(folder, 'data'), port: temporal, uiPort: ui, logFile: join(folder, 'log') });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('ensureHousekeepingSchedule', () => {
  const described = () => client.schedule.getHandle(housekeepingScheduleId).describe();

  it('makes one Schedule when several workers start at once, and brings an older one up to date', async () => {
    await Promise.all([1, 2, 3].map(() => ensureHousekeepingSchedule(client)));
    await client.schedule
      .getHandle(housekeepingScheduleId)
      .update((previous) => ({ ...previous, spec: { intervals: [{ every: '9 h' }] } }));
    const outdated = (await described()).spec.intervals?.map(({ every }) => every);

    await ensureHousekeepingSchedule(client);

    const { spec, policies, action } = await described();
    expect(outdated).toEqual([9 * 3_600_000]);
    expect(spec.intervals?.map(({ every }) => every)).toEqual([60_000]);
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
    expect(action).toMatchObject({ workflowType: workflowTypes.housekeeping, taskQueue: taskQueues.control });
  });
});

describe('presenceReader', () => {
  it('tells a running workflow from a closed one and from one that Temporal does not know', async () => {
    const presence = presenceReader(client);
    const running = await client.workflow.start('anything', { workflowId: workflowIds.run('r1'), taskQueue: 'none' });
    const ended = await client.workflow.start('anything', { workflowId: workflowIds.run('r2'), taskQueue: 'none' });
    await ended.terminate();

    const seen = await Promise.all([running.workflowId, ended.workflowId, workflowIds.run('r3')].map(presence));

    expect(seen).toEqual(['running', 'closed', 'unknown']);
  });

  it('does not guess when Temporal does not answer', async () => {
    const away = Connection.lazy({ address: '127.0.0.1:1' });

    const asked = away.withDeadline(Date.now() + 500, () => presenceReader(new Client({ connection: away }))(workflowIds.run('r1')));

    await expect(asked).rejects.toThrow();
    await away.close();
  });
});

describe('slotSignaller', () => {
  it('signals a run that waits, and needs none', async () => {
    const signal = slotSignaller(client);
    const handle = await client.workflow.start('anything', { workflowId: workflowIds.run('r4'), taskQueue: 'none' });

    await signal('r4');
    await signal('never-was');

    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1);
  });
});
