import { once } from 'node:events';
import { followEvents } from '../api/client/index.ts';

/** What the readers saw: one latency for each delta and reader. */
export interface ReaderReport {
  latenciesMs: number[];
}

interface ReaderJob {
  baseUrl: string;
  token: string;
  requestId: string;
  readers: number;
}

/** A process of its own, so that the readers' work is not timed as the server's. Ends when the turn does. */
async function readAll(job: ReaderJob): Promise<ReaderReport> {
  const latenciesMs: number[] = [];
  await Promise.all(
    Array.from({ length: job.readers }, async () => {
      const connectedMs = Date.now();
      for await (const event of followEvents({ ...job, afterSeq: 0 })) {
        if (event.type === 'turn.completed') return;
        // What was written before this reader came is history, not latency.
        if (event.type === 'agent.delta' && event.emittedAtMs > connectedMs + 1000) latenciesMs.push(Date.now() - event.emittedAtMs);
      }
    }),
  );
  return { latenciesMs };
}

const [job] = (await once(process, 'message')) as [ReaderJob];
process.send?.(await readAll(job), () => process.exit(0));
