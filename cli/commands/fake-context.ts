import type { LogEvent, NewEvent } from '../../workflows/contracts/events.ts';
import type { CliClient, RequestDetail } from '../client.ts';
import type { CliContext } from '../context.ts';
import { runCli } from '../program.ts';

export interface FakeRun {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs a command line against a client of a test's own; what the test does not give throws when called. */
export async function runWith(args: readonly string[], client: Partial<CliClient>, overrides: Partial<CliContext> = {}): Promise<FakeRun> {
  const run: FakeRun = { stdout: '', stderr: '', exitCode: 0 };
  const context: CliContext = {
    stdin: emptyInput(''),
    stdout: { write: (text) => (run.stdout += text) },
    stderr: { write: (text) => (run.stderr += text) },
    env: { STATE_DIR: '.astraforge' },
    signal: new AbortController().signal,
    now: () => 60_000,
    connect: () => Promise.resolve(withRefusals(client)),
    exit: (code) => (run.exitCode = code),
    startSystem: () => Promise.reject(new Error('not in this test')),
    systemConfig: () => {
      throw new Error('not in this test');
    },
    runDoctor: () => Promise.reject(new Error('not in this test')),
    ...overrides,
  };
  await runCli(args, context);
  return run;
}

/** Standard input that holds a text. */
export function emptyInput(text: string): CliContext['stdin'] {
  return {
    async *[Symbol.asyncIterator]() {
      if (text !== '') yield await Promise.resolve(Buffer.from(text));
    },
  };
}

/** A request as the API shows it. */
export function requestDetail(changes: Partial<RequestDetail> = {}): RequestDetail {
  return {
    requestId: 'r1',
    title: 'make the failing test pass',
    project: { projectId: 'p1', name: 'sample' },
    requester: { id: 'local', name: 'Local' },
    stage: 'EXECUTING',
    awaiting: null,
    outcome: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    closedAtMs: null,
    source: 'workflow',
    status: null,
    gate: null,
    gates: [],
    checkpoint: null,
    checks: [],
    mergeRequest: null,
    stat: null,
    stageSinceMs: 0,
    queue: null,
    review: null,
    messages: [],
    runs: [],
    links: { temporal: null },
    ...changes,
  };
}

/** An event of request r1 in its place. */
export function logEvent(seq: number, event: NewEvent): LogEvent {
  return { ...event, seq, requestId: 'r1', runId: 'run1', attempt: 1 };
}

function withRefusals(client: Partial<CliClient>): CliClient {
  return new Proxy(client, {
    get(target, name) {
      if (name in target) return target[name as keyof CliClient];
      if (name === 'url') return 'http://127.0.0.1:8080';
      if (name === 'then') return undefined;
      throw new Error(`the command called ${String(name)}, which this test does not expect`);
    },
  }) as CliClient;
}
