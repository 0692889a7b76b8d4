import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient, followEvents, unwrap, type ApiClient, type Schemas } from '../../api/client/index.ts';
import { processEnvironment } from '../../config/env.ts';
import { startSystem, type SystemParts } from '../../cli/processes/system.ts';
import type { System } from '../../cli/processes/types.ts';
import type { EventType, LogEvent } from '../../workflows/contracts/events.ts';
import type { Stage } from '../../workflows/contracts/request.ts';
import { makeBareRepository } from './repository.ts';

/** How long a step of a scene may take before the test says where it stands. */
const patienceMs = 120_000;

/** A whole AstraForge with a state folder of its own: every server and process real, the model scripted. */
export class TestSystem {
  readonly stateDir: string;
  system: System;
  readonly extraEnv: Record<string, string>;
  private readonly parts: SystemParts;
  private repositories = 0;

  private constructor(stateDir: string, system: System, extraEnv: Record<string, string>, parts: SystemParts) {
    this.stateDir = stateDir;
    this.system = system;
    this.extraEnv = extraEnv;
    this.parts = parts;
  }

  /** `parts`: which processes it has, where that is not all of them. */
  static async open(extraEnv: Record<string, string> = {}, parts: Pick<SystemParts, 'processes'> = {}): Promise<TestSystem> {
    const stateDir = await mkdtemp(join(tmpdir(), 'af-'));
    const env = { STATE_DIR: stateDir, ...extraEnv };
    return new TestSystem(stateDir, await startOn(env, parts), env, parts);
  }

  /** Stops everything and starts it again on the same state. */
  async restart(): Promise<void> {
    await this.system.stop();
    this.system = await startOn(this.extraEnv, this.parts);
  }

  async close(): Promise<void> {
    await this.system.stop();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  get client(): ApiClient {
    return createApiClient({ baseUrl: this.system.apiUrl, token: this.system.token });
  }

  /** kill -9 of one process by its name in processes.json. */
  kill(name: string): void {
    const found = this.system.processes.find((process) => process.name === name);
    if (!found) throw new Error(`no process ${name}; running: ${this.system.processes.map((process) => process.name).join(', ')}`);
    process.kill(found.pid, 'SIGKILL');
  }

  /** A project on a fresh bare repository with these files. */
  async project(files: Record<string, string>, settings: Partial<Schemas['ProjectSettings']> = {}) {
    const name = `project-${++this.repositories}`;
    const repositoryUrl = await makeBareRepository(join(this.stateDir, 'forge', `${name}.git`), files);
    const body = { name, repositoryUrl, repositoryKind: 'git' as const, forge: 'local', settings };
    return unwrap(this.client.POST('/api/projects', { body }));
  }

  /** Submits a prompt; a `script` (YAML of the demo model) is fenced behind it. */
  async submit(
    project: string,
    prompt: string,
    options: { script?: string; planFirst?: boolean; executor?: string } = {},
  ): Promise<string> {
    const { script, ...rest } = options;
    const body = { project, prompt: script ? `${prompt}\n\n${fence(script)}` : prompt, ...rest };
    return (await unwrap(this.client.POST('/api/requests', { body }))).requestId;
  }

  async detail(requestId: string) {
    return unwrap(this.client.GET('/api/requests/{requestId}', { params: { path: { requestId } } }));
  }

  /** Waits until the request is in one of the stages; fails with its log when it ends or blocks elsewhere, or takes too long. */
  async reach(requestId: string, ...stages: Stage[]) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const detail = await this.detail(requestId).catch(() => null);
      if (detail && stages.includes(detail.stage)) return detail;
      const stuck = detail && ['BLOCKED', 'FAILED', 'CANCELLED', 'DONE'].includes(detail.stage);
      if (stuck || Date.now() > deadline) {
        const events = await this.events(requestId).catch(() => []);
        const tail = events.slice(-15).map((event) => `${event.seq} ${event.type} ${JSON.stringify(event.data).slice(0, 200)}`);
        throw new Error(
          `${requestId} is ${detail?.stage} (${JSON.stringify(detail?.awaiting)}), not ${stages.join(' or ')}\n${tail.join('\n')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits until it is so; fails with `what` when that takes too long. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits for the first event of a type, from the live stream. */
  async event<T extends EventType>(requestId: string, type: T, matches: (event: LogEvent & { type: T }) => boolean = () => true) {
    const signal = AbortSignal.timeout(patienceMs);
    for await (const event of this.follow(requestId, signal)) {
      if (event.type === type && matches(event as LogEvent & { type: T })) return event as LogEvent & { type: T };
    }
    throw new Error(`no ${type} within ${patienceMs} ms`);
  }

  follow(requestId: string, signal?: AbortSignal): AsyncGenerator<LogEvent> {
    return followEvents({ baseUrl: this.system.apiUrl, token: this.system.token, requestId, signal });
  }

  /** The whole log so far. */
  async events(requestId: string): Promise<LogEvent[]> {
    const all: LogEvent[] = [];
    for (;;) {
      const query = { afterSeq: all.at(-1)?.seq ?? 0, limit: 500 };
      const page = await unwrap(this.client.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query } }));
      const items = page.items as unknown as LogEvent[];
      all.push(...items);
      if (items.length === 0) return all;
    }
  }

  async approve(requestId: string): Promise<void> {
    const { gate } = await this.detail(requestId);
    const body = { vote: 'approve' as const, subjectId: gate?.subject.id ?? '', comment: '' };
    await unwrap(this.client.POST('/api/requests/{requestId}/decisions', { params: { path: { requestId } }, body }));
  }

  async chat(requestId: string, text: string) {
    return unwrap(
      this.client.POST('/api/requests/{requestId}/messages', { params: { path: { requestId } }, body: { kind: 'chat', text } }),
    );
  }
}

/** Any free port is taken: suites may run beside each other. */
function startOn(extraEnv: Record<string, string>, parts: SystemParts): Promise<System> {
  return startSystem({ env: { PROVISIONER: 'local', ...processEnvironment(), PORT: '0' }, extraEnv }, parts);
}

/** Fences YAML steps of the demo model, so that a prompt scripts the agent. */
export function fence(script: string): string {
  return `\`\`\`astraforge-demo\n${script.trim()}\n\`\`\``;
}

/** Throws unless the log holds every sequence number once, in order, from 1. */
export function assertDense(events: readonly LogEvent[]): void {
  const wrong = events.findIndex((event, index) => event.seq !== index + 1);
  if (wrong !== -1) throw new Error(`the log breaks at position ${wrong}: seq ${events[wrong]?.seq}, expected ${wrong + 1}`);
}
