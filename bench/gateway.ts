import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../workflows/contracts/errors.ts';
import type { Benchmark } from './benchmark.ts';
import { addedLatency, growthOf } from './gateway-figures.ts';
import { startMeasuredGateway, type MeasuredGateway } from './gateway-process.ts';
import { rssKiB } from './resident-memory.ts';
import { readStream, type StreamPlace } from './sse-stream.ts';
import { summary } from './statistics.ts';

/** One answer: 4 s at the pace of a quick model. */
const answer = { chunks: 200, perSecond: 50 };
const pairs = 6;
const streams = 200;
/** What each of the many is asked for, one after the other: 15 s of an answer. */
const longAnswer = { chunks: 300, perSecond: 20 };
/** How long the many go on, and how often memory is looked at, ms. */
const short = { loadMs: 45_000, lookMs: 3_000 };
const full = { loadMs: 600_000, lookMs: 15_000 };
/** After a collection the kernel gets freed pages back a while later. */
const collectMs = 2_000;

/** What the door adds to a chunk of a model's answer, and whether it stands many of them for long. */
export const gateway: Benchmark = {
  name: 'gateway',
  describes: `a model's chunk: written by the upstream -> read on the gateway's socket, against a direct connection; then ${streams} streams at once (--full: for ten minutes)`,
  async run({ print, full: isFull }) {
    const measured = await startMeasuredGateway(streams);
    try {
      const latency = await measureAdded(measured, print);
      const load = await measureLoad(measured, isFull ? full : short, print);
      return { ...latency, ...load };
    } finally {
      await measured.close();
    }
  },
};

/** Alternated, so that what the machine does beside falls on both. The first pair warms the processes up and is not counted. */
async function measureAdded({ socketPath, tokens, upstreamPort }: MeasuredGateway, print: (line: string) => void) {
  const through: StreamPlace = { socketPath, token: tokens[0] ?? '' };
  const throughMs: number[] = [];
  const directMs: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const direct = await readStream({ port: upstreamPort }, answer);
    const passed = await readStream(through, answer);
    if (pair === 0) continue;
    directMs.push(...direct);
    throughMs.push(...passed);
  }
  const addedMsPerChunk = addedLatency(throughMs, directMs);
  print(`${throughMs.length} chunks each way: p50 ${addedMsPerChunk.p50} ms added, p95 ${addedMsPerChunk.p95} ms`);
  return { addedMsPerChunk, samples: { throughMs, directMs } };
}

async function measureLoad({ socketPath, tokens, pid }: MeasuredGateway, { loadMs, lookMs }: typeof short, print: (line: string) => void) {
  const beganMs = Date.now();
  const endsMs = beganMs + loadMs;
  const failures: string[] = [];
  let answers = 0;
  let lastLatencies: number[] = [];
  const lane = async (token: string) => {
    do {
      try {
        lastLatencies = await readStream({ socketPath, token }, longAnswer);
        answers += 1;
      } catch (error) {
        failures.push(messageOf(error));
      }
    } while (Date.now() < endsMs);
  };
  const load = Promise.all(tokens.map(lane));
  const curve: { seconds: number; rssKiB: number }[] = [];
  while (Date.now() < endsMs) {
    await sleep(lookMs - collectMs);
    process.kill(pid, 'SIGUSR2');
    await sleep(collectMs);
    curve.push({ seconds: Math.round((Date.now() - beganMs) / 1000), rssKiB: await rssKiB(pid) });
  }
  await load;
  const growth = growthOf(curve.map((look) => look.rssKiB));
  for (const failure of failures.slice(0, 5)) print(`failed: ${failure}`);
  print(`${tokens.length} streams at once for ${loadMs / 1000} s: ${answers} answers, ${failures.length} errors`);
  print(`a chunk of the last of them took ${JSON.stringify(summary(lastLatencies))} ms`);
  print(`memory of the gateway, last third by first third: ${growth}`);
  for (const look of curve) print(`${String(look.seconds).padStart(5)} s ${look.rssKiB} KiB`);
  return { streams: tokens.length, answers, errors: failures.length, memory: { growth, curve } };
}
