import { describe, expect, it } from '@jest/globals';
import { createNarrator } from './narrator.ts';

function outputs(deltas: string[], aggregatedOutput: string | null): unknown[] {
  const told: unknown[] = [];
  const narrator = createNarrator((type, data) => void (type === 'command.output' && told.push(data)));
  for (const delta of deltas) narrator.tell('item/commandExecution/outputDelta', { itemId: 'c', delta }, 1);
  const item = {
    type: 'commandExecution',
    id: 'c',
    command: 'x',
    cwd: '/',
    status: 'completed',
    aggregatedOutput,
    exitCode: 0,
    durationMs: 1,
  };
  narrator.tell('item/completed', { item }, 2);
  return told;
}

describe("a command's output", () => {
  it('tells what Codex did not stream because it came in the first moment', () => {
    expect(outputs(['second\n'], 'first\nsecond\n')).toEqual([
      { itemId: 'c', text: 'second\n' },
      { itemId: 'c', text: 'first\n', precedes: true },
    ]);
  });

  it('tells the whole of a command that ended before anything was streamed', () => {
    expect(outputs([], 'all\n')).toEqual([{ itemId: 'c', text: 'all\n' }]);
  });

  it('tells nothing twice', () => {
    expect(outputs(['a', 'b'], 'ab')).toEqual([
      { itemId: 'c', text: 'a' },
      { itemId: 'c', text: 'b' },
    ]);
  });
});
