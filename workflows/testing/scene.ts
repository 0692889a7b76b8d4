import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { ensureTestServer } from '../../e2e/servers/temporal-test-server.ts';
import type { changeRequest } from '../change-request/workflow.ts';
import type { NewEvent } from '../contracts/events.ts';
import { taskQueues, workflowIds } from '../contracts/ids.ts';
import { statusQuery } from '../contracts/messages.ts';
import type { RequestInput, RequestSnapshot, RequestStatus } from '../contracts/request.ts';
import type { RunInput, TurnOutcome } from '../contracts/run.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { checkpoint, mergeRequest, requestInput } from './fixtures.ts';

/** What the agent does in each turn, in order; the last one repeats. */
export type Turn = (run: RunInput) => TurnOutcome | Promise<TurnOutcome>;

/** What a scene scripts: the agent's turns, the request, and activities in place of the usual ones. */
export interface Script {
  turns?: Turn[];
  input?: Partial<RequestInput>;
  activities?: Record<string, (...args: never[]) => unknown>;
}

/** One request at play on a real server, with what its activities saw. */
export interface Scene {
  input: RequestInput;
  log: NewEvent[];
  snapshots: RequestSnapshot[];
  calls: string[];
  handle: Awaited<ReturnType<Stage['start']>>;
  until(condition: (status: RequestStatus) => boolean): Promise<RequestStatus>;
}

/** A turn that ended well. */
export function completed(changes: Partial<Extract<TurnOutcome, { kind: 'completed' }>> = {}): TurnOutcome {
  return {
    kind: 'completed',
    threadId: 't',
    tipCommit: 'tip',
    sessionArtifactId: null,
    warnings: [],
    lastMessage: 'done',
    steeredMessageIds: [],
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
    ...changes,
  };
}

/** Every activity that the workflows ask for. */
export const activityNames = [
  'project',
  'withdrawMessage',
  'beginRun',
  'endRun',
  'startTurn',
  'watchTurn',
  'deliver',
  'continueTurn',
  'runChecks',
  'releaseWorkspace',
  'finaliseCheckpoint',
  'confirmQuorum',
  'publish',
  'merge',
  'postReview',
  'reviewCheckpoint',
  'housekeep',
];

/** A time-skipping Temporal server with the real workflows on it; its activities are those of the scene at play. */
export class Stage {
  readonly environment: TestWorkflowEnvironment;
  private scripted: Record<string, (...args: never[]) => unknown> = {};
  private stopWorkers: () => Promise<void> = async () => undefined;
  private count = 0;

  private constructor(environment: TestWorkflowEnvironment) {
    this.environment = environment;
  }

  static async open(): Promise<Stage> {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
    const path = await ensureTestServer();
    const stage = new Stage(await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } }));
    await stage.prepare();
    return stage;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.environment.teardown();
  }

  /** `snapshot`: as after continue-as-new. */
  start(input: RequestInput, snapshot?: RequestSnapshot) {
    return this.environment.client.workflow.start<typeof changeRequest>('changeRequest', {
      workflowId: workflowIds.request(input.requestId),
      taskQueue: taskQueues.control,
      args: snapshot ? [input, snapshot] : [input],
    });
  }

  /** Plays one request from its start; whatever is left of it is terminated. */
  async play(script: Script, act: (scene: Scene) => Promise<void>): Promise<void> {
    const requestId = `w${++this.count}`;
    const input = requestInput({ requestId, ...script.input });
    const props = { log: [] as NewEvent[], snapshots: [] as RequestSnapshot[], calls: [] as string[] };
    this.scripted = { ...usualActivities(script.turns ?? [() => completed()], props), ...script.activities };
    const handle = await this.start(input);
    const until: Scene['until'] = async (reached) => {
      for (;;) {
        const status = await handle.query(statusQuery);
        if (reached(status)) return status;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    };
    try {
      await act({ input, handle, until, ...props });
    } finally {
      // Its runs too: what is left of them would call the activities of the next scene.
      const runs = [1, 2, 3, 4].map((ordinal) => this.environment.client.workflow.getHandle(workflowIds.run(`${requestId}-${ordinal}`)));
      await Promise.all([handle, ...runs].map((workflow) => workflow.terminate().catch(() => undefined)));
    }
  }

  private async prepare(): Promise<void> {
    const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
    await this.environment.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(Object.values(searchAttributes).map((key) => [key.name, keyword])),
    });
    const workflowsPath = fileURLToPath(new URL('../index.ts', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const activities = Object.fromEntries(activityNames.map((name) => [name, async (...args: never[]) => this.scripted[name]?.(...args)]));
    const workers = await Promise.all(
      [taskQueues.control, taskQueues.watch, taskQueues.host('h1')].map((taskQueue) =>
        Worker.create({
          connection: this.environment.nativeConnection,
          taskQueue,
          activities,
          ...(taskQueue === taskQueues.control ? { workflowBundle } : {}),
        }),
      ),
    );
    const running = workers.map((worker) => worker.run());
    this.stopWorkers = async () => {
      workers.forEach((worker) => worker.shutdown());
      await Promise.all(running);
    };
  }
}

/** Activities that go well and note what was asked of them. */
export function usualActivities(
  turns: Turn[],
  { log, snapshots, calls }: Pick<Scene, 'log' | 'snapshots' | 'calls'>,
): NonNullable<Script['activities']> {
  let turn = 0;
  let commits = 0;
  const note = (name: string) => void calls.push(name);
  const finalise = (run: RunInput) => ({ checkpoint: checkpoint(`c${++commits}`, run.runId), unchanged: false });
  return {
    project: ({ snapshot, events }: { snapshot: RequestSnapshot; events: NewEvent[] }) => {
      snapshots.push(snapshot);
      log.push(...events);
    },
    withdrawMessage: ({ messageId }: { messageId: string }) => {
      note(`withdraw ${messageId}`);
      return { disposition: 'withdrawn' };
    },
    beginRun: () => ({ slot: 'granted' }),
    endRun: ({ layAside }: { layAside: unknown }) => note(layAside ? 'endRun, keeping' : 'endRun'),
    startTurn: ({ run, attempt }: { run: RunInput; attempt: number }) => {
      note(`startTurn ${run.purpose} ${attempt} [${run.messages.map((message) => message.messageId).join(' ')}]`);
      return { workspaceId: `${run.runId}-a${attempt}`, hostId: 'h1', provisioner: 'fake', runId: run.runId, attempt, hasChecks: true };
    },
    watchTurn: async ({ run }: { run: RunInput }) => {
      const outcome = await (turns[Math.min(turn++, turns.length - 1)] ?? (() => completed()))(run);
      if (outcome.kind !== 'completed' || 'finalised' in outcome || run.purpose === 'plan') return outcome;
      return { ...outcome, finalised: finalise(run) };
    },
    deliver: ({ message }: { message: { kind: string } }) => note(`deliver ${message.kind}`),
    continueTurn: () => note('continueTurn'),
    runChecks: () => ({ checks: [] }),
    releaseWorkspace: ({ mode }: { mode: string }) => note(`release ${mode}`),
    finaliseCheckpoint: ({ run }: { run: RunInput }) => {
      note('finalise');
      return finalise(run);
    },
    confirmQuorum: () => ({ holds: true }),
    publish: ({ checkpoint: { commit } }: { checkpoint: { commit: string } }) => {
      note(`publish ${commit}`);
      return mergeRequest(commit);
    },
    merge: () => ({ ...mergeRequest(`c${commits}`), state: 'merged', mergeCommit: 'm' }),
    postReview: () => note('postReview'),
    reviewCheckpoint: ({ reviewId }: { reviewId: string }) => ({
      reviewId,
      status: 'completed',
      verdict: 'approve',
      summary: '',
      findings: [],
    }),
    housekeep: () => ({}),
  };
}
