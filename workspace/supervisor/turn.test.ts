import { afterEach, describe, expect, it } from '@jest/globals';
import type { EventData } from '../../workflows/contracts/events.ts';
import type { AgentDriver, AgentInput, RunningTurn, TurnEnd } from '../executors/port.ts';
import { testTurn } from '../testing/harness.ts';
import { createTurnRunner } from './turn.ts';
import type { TurnRunner } from './turn.ts';

/** A promise that the test resolves. */
function gate<T>() {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('a turn that is ended before its agent has it', () => {
  const inputs = gate<AgentInput[]>();
  const starts = gate<RunningTurn>();
  const agentEnd = gate<TurnEnd>();
  let started = 0;
  let runner: TurnRunner;
  let ends: EventData<'turn.completed'>[] = [];

  function open(resolveInput: () => Promise<AgentInput[]>): TurnRunner {
    ends = [];
    started = 0;
    const driver: AgentDriver = {
      threadId: () => null,
      warm: async () => undefined,
      restore: async () => undefined,
      startTurn: () => {
        started += 1;
        return starts.passed;
      },
      steer: async () => ({ steered: false, reason: '' }),
      answer: () => false,
      hasOpenQuestion: () => false,
      interrupt: async () => undefined,
      kill: (end) => agentEnd.open(end),
      sessionFile: async () => null,
    };
    runner = createTurnRunner({
      driver,
      ready: Promise.resolve(),
      whyAstray: () => null,
      saver: { checkpoint: async () => ({ commit: 'c', sessionArtifactId: null, warnings: [] }), save: async () => undefined },
      emit: (type, data) => {
        if (type === 'turn.completed') ends.push(data as EventData<'turn.completed'>);
      },
      sync: () => undefined,
      resolveInput,
      prepareReview: async () => null,
      lastActivityMs: () => Date.now(),
      lookAtLimits: () => null,
      saveEveryMs: 300_000,
    });
    return runner;
  }

  afterEach(() => runner.idle());

  it('while its files are fetched: starts no agent', async () => {
    const turns = open(() => inputs.passed);
    const start = turns.start(testTurn('m1', 'x'));
    await new Promise((resolve) => setImmediate(resolve));

    turns.fail('agent-disk', 'the disk is full');
    await start;
    await turns.idle();
    inputs.open([]);
    await new Promise((resolve) => setImmediate(resolve));

    expect(started).toBe(0);
    expect(ends).toMatchObject([{ status: 'failed', reason: 'agent-disk' }]);
  });

  it('while its agent starts: is ended once that has it', async () => {
    const turns = open(async () => []);
    const start = turns.start(testTurn('m1', 'x'));
    while (started === 0) await new Promise((resolve) => setImmediate(resolve));

    turns.fail('wall-clock', 'too long');
    starts.open({ turnId: 't', ended: agentEnd.passed });
    await start;
    await turns.idle();

    expect(ends).toMatchObject([{ status: 'failed', reason: 'wall-clock' }]);
  });
});
