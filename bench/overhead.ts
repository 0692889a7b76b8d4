import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fence, TestSystem } from '../e2e/harness/system.ts';
import type { LogEvent } from '../workflows/contracts/events.ts';
import type { Benchmark } from './benchmark.ts';
import { runByHand } from './by-hand.ts';
import { percentile, summary } from './statistics.ts';

const pairs = 7;
const agentSeconds = 10;
const prompt = `do the work\n\n${fence(`- sleep: ${agentSeconds}\n- write: { path: done.txt, content: "done\\n" }\n- say: Done.`)}`;

/** What the whole system costs over the same agent by hand. */
export const overhead: Benchmark = {
  name: 'overhead',
  describes: `one ${agentSeconds} s agent job: POST accepted -> MR_OPENED against clone, same Codex, commit, push; ${pairs} alternated pairs`,
  async run({ print }) {
    const model = await startModel();
    const system = await TestSystem.open({ LLM_UPSTREAM_URL: `${model.url}/v1` });
    try {
      const rule = { required: 0, roles: ['admin' as const], requesterMayVote: true };
      const files = { 'README.md': '# sample\n', 'index.js': 'export const one = 1;\n' };
      const project = await system.project(files, { gates: { plan: rule, patch: rule }, review: false, checks: [] });
      const samples: { wholeMs: number; byHandMs: number }[] = [];
      const hops: Record<string, number[]> = {};
      await whole(system, project.projectId);
      await runByHand({ repository: project.repositoryUrl, prompt, modelUrl: model.url, branch: 'warm-up' });
      for (let pair = 0; pair < pairs; pair++) {
        const { totalMs, hopsMs } = await whole(system, project.projectId);
        const byHandMs = await runByHand({ repository: project.repositoryUrl, prompt, modelUrl: model.url, branch: `by-hand-${pair}` });
        samples.push({ wholeMs: totalMs, byHandMs });
        for (const [hop, ms] of Object.entries(hopsMs)) (hops[hop] ??= []).push(ms);
        print(`pair ${pair + 1}: whole ${totalMs.toFixed(0)} ms, by hand ${byHandMs.toFixed(0)} ms`);
      }
      const median = (pick: (sample: { wholeMs: number; byHandMs: number }) => number) => percentile(samples.map(pick), 50);
      const ratio = median((sample) => sample.wholeMs) / median((sample) => sample.byHandMs);
      const overheadMs = summary(samples.map((sample) => sample.wholeMs - sample.byHandMs));
      print(`ratio of medians ${ratio.toFixed(3)}, overhead p50 ${overheadMs.p50} ms`);
      for (const [hop, values] of Object.entries(hops)) print(`  ${hop.padEnd(44)} ${percentile(values, 50).toFixed(0)} ms`);
      return {
        ratio,
        overheadMs,
        hopsMs: Object.fromEntries(Object.entries(hops).map(([hop, values]) => [hop, percentile(values, 50)])),
        samples,
      };
    } finally {
      await system.close();
      model.stop();
    }
  },
};

/** One request through the system: total and the time between the log lines that mark its hops. */
async function whole(system: TestSystem, projectId: string): Promise<{ totalMs: number; hopsMs: Record<string, number> }> {
  const requestId = await system.submit(projectId, prompt);
  const acceptedMs = Date.now();
  const opened = await system.event(requestId, 'merge-request.opened');
  const marks = (await system.events(requestId)).filter((event) => marking.has(event.type));
  return { totalMs: opened.emittedAtMs - acceptedMs, hopsMs: hopsBetween(acceptedMs, marks) };
}

const marking = new Set<LogEvent['type']>([
  'run.started',
  'run.attempt',
  'workspace.ready',
  'turn.started',
  'turn.completed',
  'checkpoint.created',
  'gate.opened',
  'gate.closed',
  'merge-request.opened',
]);

function hopsBetween(acceptedMs: number, marks: readonly LogEvent[]): Record<string, number> {
  const hops: Record<string, number> = {};
  let before = { type: 'accepted' as string, atMs: acceptedMs };
  for (const mark of [...marks].sort((a, b) => a.emittedAtMs - b.emittedAtMs)) {
    hops[`${before.type} -> ${mark.type}`] = mark.emittedAtMs - before.atMs;
    before = { type: mark.type, atMs: mark.emittedAtMs };
  }
  return hops;
}

/** The demo model as a server of its own, so that both sides talk to the very same one. */
async function startModel(): Promise<{ url: string; stop: () => void }> {
  const path = fileURLToPath(new URL('../workspace/gateway/llm/demo/server.ts', import.meta.url));
  const child = spawn(process.execPath, [path, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}
