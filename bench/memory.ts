import { readFile } from 'node:fs/promises';
import { TestSystem } from '../e2e/harness/system.ts';
import type { Benchmark } from './benchmark.ts';

const script = '- write: { path: done.txt, content: "done\\n" }\n- say: Done.';

/** Whether any process grows with the requests that went through it. */
export const memory: Benchmark = {
  name: 'memory',
  describes: 'RSS of each process after 100 requests against after 20',
  async run({ print }) {
    const system = await TestSystem.open();
    try {
      const rule = { required: 0, roles: ['admin' as const], requesterMayVote: true };
      const project = await system.project(
        { 'README.md': '# sample\n' },
        { gates: { plan: rule, patch: rule }, review: false, checks: [] },
      );
      const after20 = await sampleAfter(system, project.projectId, 20);
      const after100 = await sampleAfter(system, project.projectId, 80);
      const growth = Object.fromEntries(Object.entries(after100).map(([name, kib]) => [name, kib / (after20[name] ?? kib)]));
      for (const [name, ratio] of Object.entries(growth))
        print(`${name.padEnd(12)} ${after20[name]} -> ${after100[name]} KiB (${ratio.toFixed(3)})`);
      return { after20KiB: after20, after100KiB: after100, growth };
    } finally {
      await system.close();
    }
  },
};

async function sampleAfter(system: TestSystem, projectId: string, requests: number): Promise<Record<string, number>> {
  for (let index = 0; index < requests; index++) {
    await system.reach(await system.submit(projectId, 'write a file', { script }), 'MR_OPENED', 'REVIEWED');
  }
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const entries = await Promise.all(system.system.processes.map(async ({ name, pid }) => [name, await rssKiB(pid)] as const));
  return Object.fromEntries(entries);
}

async function rssKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
