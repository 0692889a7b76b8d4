import { describe, expect, it } from '@jest/globals';
import type { AttachmentRef } from '../../workflows/contracts/request.ts';
import { repairInput, turnCommand, turnInput, type MessageBody, type TurnSpec } from './turn-input.ts';

function message(body: string, attachments: AttachmentRef[] = [], more: Partial<MessageBody> = {}): MessageBody {
  return { messageId: 'm', body, attachments, remarks: [], subjectId: null, ...more };
}

const spec: TurnSpec = {
  purpose: 'implement',
  projectName: 'shop',
  baseBranch: 'main',
  checks: [{ name: 'test', command: 'npm test' }],
  plan: null,
  isResumed: false,
  messages: [message('do it')],
};

describe('turnInput', () => {
  it.each([
    ['a leading dash', '--help'],
    ['quotes and newlines', `say "hi"\n'x' \r\n\t $(rm -rf /)`],
    ['emoji', 'fix 🐛 now'],
    ['surrounding blanks', '  \n prompt \n\n'],
    ['one megabyte', 'x'.repeat(1_048_576)],
  ])('hands over a prompt with %s byte for byte', (_name, body) => {
    const input = turnInput({ ...spec, messages: [message(body)] });

    expect(input[0]).toEqual({ type: 'text', text: body });
  });

  it('adds project, base and checks as the second item', () => {
    const [, second] = turnInput(spec);

    expect(second).toEqual({ type: 'text', text: expect.stringMatching(/shop[\s\S]*main[\s\S]*npm test/) });
  });

  it('keeps every pending message apart and puts attachments last', () => {
    const attachment = { artifactId: 'a1', name: 'screen.png', mediaType: 'image/png', sizeBytes: 3 };
    const messages = [message('one', [attachment]), message('two')];

    const input = turnInput({ ...spec, messages });

    expect(input.map((item) => item.type)).toEqual(['text', 'text', 'text', 'attachment']);
    expect(input[1]).toEqual({ type: 'text', text: 'two' });
  });

  it('puts the remarks of a message after its words, and leaves empty words out', () => {
    const remarks = [{ path: 'a.ts', side: 'new' as const, startLine: 2, endLine: 2, body: 'Rename it.' }];
    const both = message('look', [], { remarks, subjectId: 'c1' });

    const texts = turnInput({ ...spec, messages: [both, message('', [], { remarks })] }).map((item) =>
      item.type === 'text' ? item.text : '',
    );

    expect(texts[0]).toBe('look');
    expect(texts[1]).toBe('Remarks on your changes (c1):\n\n"a.ts", line 2:\n  Rename it.');
    expect(texts[2]).toContain('"a.ts", line 2:');
    expect(texts).toHaveLength(4);
  });

  it('says that an earlier turn was cut off when an attempt goes on from a save', () => {
    const texts = turnInput({ ...spec, isResumed: true }).map((item) => (item.type === 'text' ? item.text : ''));

    expect(texts.join('\n')).toContain('was cut off');
  });

  it('hands over the approved plan', () => {
    const [, second] = turnInput({ ...spec, plan: '{"steps":["a"]}' });

    expect(second).toEqual({ type: 'text', text: expect.stringContaining('{"steps":["a"]}') });
  });
});

describe('turnCommand', () => {
  it('asks for the plan schema only when planning', () => {
    const options = { messageId: 't1', input: [], model: null, effort: null, limits: { wallClockMs: 1, inactivityMs: 1 } };

    const plan = turnCommand({ ...options, purpose: 'plan' });
    const work = turnCommand({ ...options, purpose: 'follow-up' });

    expect(plan).toMatchObject({ mode: 'plan', outputSchema: { type: 'object' } });
    expect(work).toMatchObject({ mode: 'work', outputSchema: null });
  });
});

describe('repairInput', () => {
  it('names failing checks with their output and leaves passed ones out', () => {
    const checks = [
      { name: 'test', command: 'npm test', status: 'failed' as const, exitCode: 1, durationMs: 5 },
      { name: 'lint', command: 'npm run lint', status: 'passed' as const, exitCode: 0, durationMs: 5 },
    ];

    const [item] = repairInput(checks, { test: 'expected 1 to be 2' });

    expect(item).toEqual({ type: 'text', text: expect.stringMatching(/"test"[\s\S]*exit code 1[\s\S]*expected 1 to be 2/) });
    expect(JSON.stringify(item)).not.toContain('lint');
  });
});
