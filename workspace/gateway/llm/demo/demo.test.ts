import { describe, expect, it } from '@jest/globals';
import { readConversation } from './conversation.ts';
import { readIntents } from './intents.ts';
import { patchOf } from './patch-text.ts';
import { mutationsOf } from './repair/mutations.ts';
import { readTestRun, testCommandOf } from './repair/test-run.ts';
import { handleDemoResponses, replyTo } from './respond.ts';
import { findIssues, parseUnifiedDiff } from './review-heuristics.ts';
import { findScript } from './script.ts';
import type { ResponsesBody, SseEvent } from './protocol.ts';

type Input = Exclude<ResponsesBody['input'], string>;

function user(...texts: string[]): Input[number] {
  return { type: 'message', role: 'user', content: texts.map((text) => ({ type: 'input_text', text })) };
}

function body(...input: Input): ResponsesBody {
  return { model: 'm', input };
}

function script(...steps: string[]): string {
  return `\`\`\`astraforge-demo\n${steps.map((step) => `- ${step}`).join('\n')}\n\`\`\``;
}

/** Answers the model's calls as Codex would, until it ends its turn. */
function play(input: Input, answer: (command: string) => string): { commands: string[]; said: string } {
  const commands: string[] = [];
  for (;;) {
    const reply = replyTo(body(...input));
    const said = reply.said.map((step) => (step.kind === 'text' ? step.text : step.kind)).join('');
    if (!reply.call) return { commands, said };
    commands.push(reply.call.arguments);
    input.push({ type: 'function_call', call_id: reply.call.callId, name: reply.call.name });
    input.push({ type: 'function_call_output', call_id: reply.call.callId, output: answer(reply.call.arguments) });
  }
}

const ok = 'Process exited with code 0\nOutput:\n';

describe('readIntents', () => {
  it.each([
    ['Make the failing test pass', [{ kind: 'fix-tests', testCommand: null }]],
    ['The tests are red, please fix them.', [{ kind: 'fix-tests', testCommand: null }]],
    ['make `npm run unit` pass, its tests fail', [{ kind: 'fix-tests', testCommand: 'npm run unit' }]],
    [
      'The checks of the project failed on your result.\n\nCheck "test" (npm test) failed with exit code 1.\nThe end of its output:\ncreate a file x with content y',
      [{ kind: 'fix-tests', testCommand: 'npm test' }],
    ],
    ['Create a file notes.md with content "hello"', [{ kind: 'create', path: 'notes.md', content: 'hello\n' }]],
    ['also add a changelog line', [{ kind: 'changelog', line: null }]],
    [
      'Rename total to sum and add a line "x" to README.md',
      [
        { kind: 'rename-symbol', from: 'total', to: 'sum' },
        { kind: 'append', path: 'README.md', line: 'x' },
      ],
    ],
    ['rename src/a.js to src/b.js', [{ kind: 'rename-file', from: 'src/a.js', to: 'src/b.js' }]],
    ['add a comment "why. And how" above total', [{ kind: 'comment', text: 'why. And how', path: null, symbol: 'total' }]],
    ['Replace "a" with "b" in src/x.js', [{ kind: 'replace', from: 'a', to: 'b', path: 'src/x.js' }]],
    ['Write me a poem', []],
    ['create a file ../../etc/passwd with content x', []],
    ['create a file .git/hooks/pre-commit with content x', []],
  ])('%s', (message, intents) => {
    expect(readIntents(message).intents).toEqual(intents);
  });
});

describe('a script', () => {
  it('goes on from what the conversation holds, whoever answers', () => {
    const input: Input = [user(script('run: one', 'say: between', 'loop: {times: 2, steps: [{run: two}]}', 'say: end'))];

    const { commands, said } = play(input, () => ok);

    expect(commands.map((command) => (JSON.parse(command) as { cmd: string }).cmd)).toEqual(['one', 'two', 'two']);
    expect(said).toBe('end');
  });

  it('waits for a command that is still running', () => {
    const answers = ['Process running with session ID 7\nOutput:\n', ok];

    const { commands } = play([user(script('sleep: 40'))], () => answers.shift() ?? ok);

    expect(commands[1]).toContain('"session_id":7');
  });

  it('does a step again whose output was lost', () => {
    const { call } = replyTo(body(user(script('run: one'))));
    const lost: Input = [
      user(script('run: one')),
      { type: 'function_call', call_id: call?.callId },
      { type: 'function_call_output', call_id: call?.callId, output: 'aborted' },
    ];

    const again = replyTo(body(...lost));

    expect(again.call?.arguments).toBe(call?.arguments);
    expect(again.call?.callId).not.toBe(call?.callId);
  });

  it.each(['- say: [', '- nonsense: 1', 'say: x', '- loop: {times: 99999999, steps: []}'])(
    'that does not read is answered with why: %s',
    (yaml) => {
      const reply = replyTo(body(user(`\`\`\`astraforge-demo\n${yaml}\n\`\`\``)));

      expect(reply.call).toBeNull();
      expect(JSON.stringify(reply.said)).toContain('does not read');
    },
  );

  it('is found among other words only', () => {
    expect(findScript('please\n```astraforge-demo\n- say: x\n```\nthanks')).toBe('- say: x');
    expect(findScript('```yaml\n- say: x\n```')).toBeNull();
  });

  it('fails a response when it says so', async () => {
    const events: SseEvent[] = [];

    for await (const event of handleDemoResponses(body(user(script('fail: on purpose'))))) events.push(event);

    expect(events.at(-1)).toMatchObject({ event: 'response.failed', data: { response: { error: { message: 'on purpose' } } } });
  });
});

describe('readConversation', () => {
  const spec = 'Project: sample\nBase branch: main\nMore.';
  const lost = 'The place where you worked on this was lost. Go on.';

  it('takes a turn that is delivered again after its place was lost for the same one', () => {
    const state = readConversation(
      body(
        user('fix it', spec),
        { type: 'function_call', call_id: 'demo_1_0_0' },
        { type: 'function_call_output', call_id: 'demo_1_0_0', output: ok },
        user('fix it', spec, lost),
      ),
    );

    expect(state.open.map((task) => task.ordinal)).toEqual([1]);
    expect(state.outputs.size).toBe(1);
  });

  it('closes what an answer closed and keeps a steered message open', () => {
    const state = readConversation(
      body(
        user('first'),
        { type: 'message', role: 'assistant', content: 'done' },
        user('second'),
        { type: 'function_call', call_id: 'demo_2_0_0' },
        { type: 'function_call_output', call_id: 'demo_2_0_0', output: ok },
        user('third'),
      ),
    );

    expect(state.open.map((task) => task.parts[0])).toEqual(['second', 'third']);
    expect(state.steeredNow).toBe(true);
  });

  it('goes on with a response that broke off after its words', () => {
    const state = readConversation(body(user('first'), { type: 'message', role: 'assistant', content: 'I look' }));

    expect(state.open).toHaveLength(1);
  });

  it('drops an interrupted turn until it is told to continue', () => {
    const history: Input = [user(script('run: one', 'say: end')), user('<turn_aborted>\nby the user\n</turn_aborted>')];

    expect(replyTo(body(...history, user('hello'))).call).toBeNull();
    expect(replyTo(body(...history, user('continue please'))).call?.arguments).toContain('one');
  });
});

describe('mutationsOf', () => {
  const after = (source: string, path = 'a.js') =>
    mutationsOf(path, source).map((one) => source.slice(0, one.start) + one.replacement + source.slice(one.end));

  it.each([
    ['return a + b;', 'return a - b;'],
    ['if (i < n) x();', 'if (i <= n) x();'],
    ['if (a && b) x();', 'if (a || b) x();'],
    ['return x === y;', 'return x !== y;'],
    ['return list.length - 1;', 'return list.length;'],
    ['return Math.max(a, b);', 'return Math.min(a, b);'],
    ['return pow(a, b);', 'return pow(b, a);'],
    ['items.sort((a, b) => a - b);', 'items.sort((a, b) => b - a);'],
    ['let sum = 1;', 'let sum = 0;'],
    ['if (!ok) x();', 'if (ok) x();'],
  ])('%s may become %s', (source, expected) => {
    expect(after(source)).toContain(expected);
  });

  it('leaves comments and strings alone', () => {
    expect(after('// a + b\nconst s = "a + b"; /* 1 < 2 */')).toEqual([]);
  });

  it('puts in first what the test wanted to see', () => {
    const [first] = mutationsOf('a.js', "export const greet = (n) => 'Helo, ' + n;", [{ actual: "'Helo, Ann'", expected: "'Hello, Ann'" }]);

    expect(first?.replacement).toBe("'Hello, '");
  });
});

describe('readTestRun', () => {
  it('reads node:test', () => {
    const output = '✖ adds (1ms)\nℹ pass 3\nℹ fail 2\n  3 !== 5\n at file:///w/test/a.test.js:5:1';

    expect(readTestRun(1, output, ['test/a.test.js'])).toMatchObject({
      green: false,
      failed: 2,
      passed: 3,
      places: [{ path: 'test/a.test.js', line: 5 }],
      expectations: [{ actual: '3', expected: '5' }],
    });
  });

  it("chooses the project's own command", () => {
    expect(testCommandOf(['package.json'], '{"scripts":{"test":"node --test"}}')).toContain('npm test');
    expect(testCommandOf(['package.json', 'a.test.js'], '{"scripts":{}}')).toBe('node --test 2>&1');
    expect(testCommandOf(['tests/test_a.py'], null)).toContain('pytest');
    expect(testCommandOf(['README.md'], null)).toBeNull();
  });
});

describe('patchOf', () => {
  it('gives a hunk enough context to be the only place', () => {
    const before = Array.from({ length: 40 }, (_, index) => (index % 4 === 3 ? `end ${Math.floor(index / 20)}` : 'same')).join('\n') + '\n';
    const lines = before.split('\n');
    lines[21] = 'changed';

    const patch = patchOf([{ path: 'a', before, after: lines.join('\n') }]);

    const old = patch
      .split('\n')
      .filter((line) => /^[ -]/.test(line))
      .map((line) => line.slice(1))
      .join('\n');
    expect(before.split(old)).toHaveLength(2);
    expect(patch).toContain('+changed');
  });
});

describe('findIssues', () => {
  it('finds what its rules say on the right lines, and nothing in clean changes', () => {
    const diff = [
      'diff --git a/src/a.js b/src/a.js',
      '--- a/src/a.js',
      '+++ b/src/a.js',
      '@@ -10,2 +10,4 @@',
      ' keep',
      '+console.log(1);',
      '+// TODO later',
      ' keep',
      'diff --git a/test/a.test.js b/test/a.test.js',
      '@@ -1,2 +1,1 @@',
      "-test('x', () => {});",
      ' keep',
    ].join('\n');

    const issues = findIssues(parseUnifiedDiff(diff));

    expect(issues.map((issue) => [issue.path, issue.startLine, issue.title])).toEqual([
      ['test/a.test.js', 1, 'Keep the tests that were removed'],
      ['src/a.js', 11, 'Remove the debug output'],
      ['src/a.js', 12, 'Finish or file what the TODO leaves open'],
    ]);
    expect(findIssues(parseUnifiedDiff('diff --git a/README.md b/README.md\n@@ -1 +1 @@\n-a\n+b'))).toEqual([]);
  });
});
