import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { loadWorkflowBundle } from '../../activities/workflow-bundle.ts';
import { choosePorts } from '../../cli/embedded/ports.ts';
import { type EmbeddedTemporal, startTemporal } from '../../cli/embedded/temporal.ts';
import { createLogger } from '../../config/logger.ts';
import { programCache } from '../../config/paths.ts';
import { taskQueues } from '../contracts/ids.ts';
import type { NewEvent } from '../contracts/events.ts';
import type { RequestSnapshot } from '../contracts/request.ts';
import { activityNames, completed, usualActivities, type Script } from './scene.ts';

/** What the scripted activities of a server saw. */
export interface Seen {
  log: NewEvent[];
  snapshots: RequestSnapshot[];
  calls: string[];
}

export interface RunningWorker {
  stop(): Promise<void>;
}

type Version = NonNullable<WorkerOptions['workerDeploymentOptions']>['version'];

/**
 * Temporal's development server as the product starts it, with the real workflows on scripted activities; for what the
 * time-skipping server cannot do. Its host is always there; workers of the workflows come and go.
 */
export class DevServer {
  readonly client: Client;
  seen: Seen = { log: [], snapshots: [], calls: [] };
  private readonly server: EmbeddedTemporal;
  private readonly native: NativeConnection;
  private readonly folder: string;
  private readonly running = new Set<RunningWorker>();
  private scripted: NonNullable<Script['activities']> = {};

  private constructor(folder: string, server: EmbeddedTemporal, client: Client, native: NativeConnection) {
    this.folder = folder;
    this.server = server;
    this.client = client;
    this.native = native;
  }

  static async open(dynamicConfig: Record<string, string> = {}): Promise<DevServer> {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
    const folder = await mkdtemp(join(tmpdir(), 'astraforge-dev-server-'));
    const wish = { host: '127.0.0.1', preferred: null };
    const { temporal, ui } = await choosePorts(join(folder, 'ports.json'), { temporal: wish, ui: wish });
    const server = await startTemporal({
      dataDir: join(folder, 'data'),
      port: temporal,
      uiPort: ui,
      logFile: join(folder, 'log'),
      dynamicConfig,
    });
    const connection = await Connection.connect({ address: server.address });
    const native = await NativeConnection.connect({ address: server.address });
    const opened = new DevServer(folder, server, new Client({ connection }), native);
    for (const taskQueue of [taskQueues.watch, taskQueues.host('h1')]) await opened.start({ taskQueue });
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((worker) => worker.stop()));
    await this.client.connection.close();
    await this.native.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What activities do from now on; what they saw is empty again. */
  script(script: Script): void {
    this.seen = { log: [], snapshots: [], calls: [] };
    this.scripted = { ...usualActivities(script.turns ?? [() => completed()], this.seen), ...script.activities };
  }

  /** Starts a worker of the workflows, as of a version. */
  async work(version: Version): Promise<RunningWorker> {
    const { code } = await loadWorkflowBundle(programCache(), createLogger('test', { silent: true }));
    const versioning = { useWorkerVersioning: true as const, version, defaultVersioningBehavior: 'PINNED' as const };
    return this.start({ taskQueue: taskQueues.control, workflowBundle: { code }, workerDeploymentOptions: versioning });
  }

  private async start(options: Partial<WorkerOptions> & { taskQueue: string }): Promise<RunningWorker> {
    // A worker that stops waits for its activities: one that a script keeps open ends then.
    const asked =
      (name: string) =>
      (...args: never[]) =>
        Promise.race([Context.current().cancelled, this.scripted[name]?.(...args)]);
    const activities = Object.fromEntries(activityNames.map((name) => [name, asked(name)]));
    const worker = await Worker.create({ connection: this.native, activities, shutdownGraceTime: '1 s', ...options });
    const ended = worker.run();
    const running: RunningWorker = {
      stop: async () => {
        if (this.running.delete(running)) worker.shutdown();
        await ended;
      },
    };
    this.running.add(running);
    return running;
  }
}

/** Asks again until the answer is what a test waits for; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T>, reached: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (reached(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
