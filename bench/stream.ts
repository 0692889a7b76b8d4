import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TestSystem } from '../e2e/harness/system.ts';
import type { Benchmark } from './benchmark.ts';
import type { ReaderReport } from './stream-readers.ts';
import { summary } from './statistics.ts';

const readers = 200;
const perSecond = 20;
const seconds = 30;

/** How long a word of the agent takes to reach a person's screen. */
export const stream: Benchmark = {
  name: 'stream',
  describes: `emittedAtMs of the agent's deltas (${perSecond}/s, ${seconds} s) -> ${readers} SSE readers of one run`,
  async run({ print }) {
    const system = await TestSystem.open();
    try {
      const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
      const script = `- sleep: 3\n- stream: { count: ${perSecond * seconds}, perSecond: ${perSecond} }\n`;
      const requestId = await system.submit(project.projectId, 'speak', { script });
      await system.event(requestId, 'turn.started');
      const path = fileURLToPath(new URL('./stream-readers.ts', import.meta.url));
      const { apiUrl: baseUrl, token } = system.system;
      const child = fork(path, { execPath: process.execPath, serialization: 'json' });
      child.send({ baseUrl, token, requestId, readers });
      const [report] = (await once(child, 'message')) as [ReaderReport];
      const latencyMs = summary(report.latenciesMs);
      print(
        `${report.latenciesMs.length} deliveries to ${readers} readers: p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, max ${latencyMs.max} ms`,
      );
      return { latencyMs, readers, deliveries: report.latenciesMs.length, samples: thin(report.latenciesMs) };
    } finally {
      await system.close();
    }
  },
};

/** Every n-th sample, at most 2000: enough to draw the curve. */
function thin(samples: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(samples.length / 2000));
  return samples.filter((_, index) => index % step === 0);
}
