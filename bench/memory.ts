import { setTimeout as sleep } from 'node:timers/promises';
import { unwrap } from '../api/client/index.ts';
import { TestSystem } from '../e2e/harness/system.ts';
import type { Benchmark } from './benchmark.ts';
import { rssKiB } from './resident-memory.ts';

const script = '- write: { path: done.txt, content: "done\\n" }\n- say: Done.';
/** Requests at the same time. */
const lanes = 4;
/** Numbers of finished requests after which every process is measured. */
const points = [20, 60, 100];
/** Keeps of a place what the product keeps, only shorter: a benchmark has no follow-ups. */
const idleWorkspaceMs = 5_000;
/** How long a system without work is left alone before it is measured, ms: its housekeeping rounds come each 15 s. */
const restMs = 20_000;

const collectMs = 3_000;
const looks = 5;
/** Servers that are not Node's. */
const foreign = ['temporal', 'postgres'];

/** Whether any process grows with the requests that went through it, from prompt to merge. */
export const memory: Benchmark = {
  name: 'memory',
  describes: `RSS of each process after ${points.at(-1)} merged requests against after ${points[0]}, ${lanes} at a time, each time after ${restMs / 1000} s of rest and collections`,
  async run({ print }) {
    const preload = `--import=${new URL('./collect-garbage.ts', import.meta.url).href}`;
    const system = await TestSystem.open({
      IDLE_WORKSPACE_MS: String(idleWorkspaceMs),
      TENANT_SLOTS: String(lanes),
      NODE_OPTIONS: preload,
    });
    try {
      const rule = { required: 0, roles: ['admin' as const], requesterMayVote: true };
      const settings = { gates: { plan: rule, patch: rule }, review: false, checks: [] };
      const { projectId } = await system.project({ 'README.md': '# sample\n' }, settings);
      const samples: { requests: number; rssKiB: Record<string, number> }[] = [];
      let done = 0;
      for (const requests of points) {
        await mergeRequests(system, projectId, { from: done, to: requests });
        done = requests;
        await sleep(restMs);
        const rssKiB = await measure(system);
        samples.push({ requests, rssKiB });
        print(`${String(requests).padStart(4)}: ${JSON.stringify(rssKiB)} KiB`);
      }
      const [first, last] = [samples[0]?.rssKiB ?? {}, samples.at(-1)?.rssKiB ?? {}];
      const growth = Object.fromEntries(Object.entries(last).map(([name, kib]) => [name, round(kib / (first[name] ?? kib))]));
      for (const [name, ratio] of Object.entries(growth)) print(`${name.padEnd(12)} ${first[name]} -> ${last[name]} KiB (${ratio})`);
      return { after20KiB: first, after100KiB: last, growth, samples };
    } finally {
      await system.close();
    }
  },
};

/** Brings each of the requests from its prompt to its merge; a few work side by side. */
async function mergeRequests(system: TestSystem, projectId: string, numbers: { from: number; to: number }): Promise<void> {
  let next = numbers.from;
  const lane = async () => {
    while (next < numbers.to) await mergeOne(system, projectId, next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function mergeOne(system: TestSystem, projectId: string, number: number): Promise<void> {
  const requestId = await system.submit(projectId, `write file ${number}`, { script: script.replace('done.txt', `done-${number}.txt`) });
  const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
  const body = { subjectId: mergeRequest?.commit ?? '' };
  await unwrap(system.client.POST('/api/requests/{requestId}/merge', { params: { path: { requestId } }, body }));
  await system.reach(requestId, 'DONE');
}

/**
 * Resident memory by process, KiB: the smallest of some looks, each after a full collection in Node's processes. The kernel gets
 * freed pages back a while after V8 let go of them.
 */
async function measure(system: TestSystem): Promise<Record<string, number>> {
  const smallest: Record<string, number> = {};
  for (let look = 0; look < looks; look++) {
    for (const { name, pid } of system.system.processes) if (!foreign.includes(name)) process.kill(pid, 'SIGUSR2');
    await sleep(collectMs);
    for (const { name, pid } of system.system.processes) smallest[name] = Math.min(smallest[name] ?? Infinity, await rssKiB(pid));
  }
  return smallest;
}

function round(ratio: number): number {
  return Math.round(ratio * 1000) / 1000;
}
