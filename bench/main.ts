import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { gateway } from './gateway.ts';
import { memory } from './memory.ts';
import { overhead } from './overhead.ts';
import { stream } from './stream.ts';
import { web } from './web.ts';
import { workspace } from './workspace.ts';

const benchmarks = new Map<string, Benchmark>(
  [overhead, stream, memory, workspace, gateway, web].map((benchmark) => [benchmark.name, benchmark]),
);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' }, full: { type: 'boolean' } } });
const benchmark = benchmarks.get(positionals[0] ?? '');
if (!benchmark) {
  process.stderr.write('usage: npm run bench -- NAME [--json] [--full]\n');
  for (const { name, describes } of benchmarks.values()) process.stderr.write(`  ${name}: ${describes}\n`);
  process.exit(2);
}

const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const print = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
print(`${benchmark.name}: ${benchmark.describes}`);
print(`machine: ${machine}`);
const figures = await benchmark.run({ print, full: values.full ?? false });
if (values.json) process.stdout.write(`${JSON.stringify({ benchmark: benchmark.name, machine, ...figures })}\n`);
process.exit(0);
