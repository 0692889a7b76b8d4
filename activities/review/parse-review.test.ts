import { describe, expect, it } from '@jest/globals';
import { fingerprinted, verdictOf } from './findings.ts';
import { parseReview } from './parse-review.ts';

const json = JSON.stringify({
  findings: [
    {
      title: '[P1] Check for zero',
      body: 'Divides by zero.',
      confidence_score: 0.9,
      priority: 1,
      code_location: { absolute_file_path: '/workspace/src/a.js', line_range: { start: 3, end: 4 } },
    },
  ],
  overall_correctness: 'patch is incorrect',
  overall_explanation: 'One bug.',
  overall_confidence_score: 0.8,
});

const rendered = `One bug.

Full review comments:

- [P1] Check for zero — /workspace/src/a.js:3-4
  Divides by zero.

  More.

- [P3] Name it better — /workspace/src/b.js:10-10
  It is called x.`;

describe('parseReview', () => {
  it('reads the JSON of Codex', () => {
    const review = parseReview(json, '/workspace');

    expect(review).toEqual({
      summary: 'One bug.',
      correct: false,
      findings: [{ path: 'src/a.js', startLine: 3, endLine: 4, severity: 'high', title: 'Check for zero', body: 'Divides by zero.' }],
    });
  });

  it('reads JSON within a fence', () => {
    expect(parseReview(`Here:\n\`\`\`json\n${json}\n\`\`\``, '/workspace').findings).toHaveLength(1);
  });

  it('reads the text that the app-server renders', () => {
    const review = parseReview(rendered, '/workspace');

    expect(review.summary).toBe('One bug.');
    expect(review.findings).toEqual([
      { path: 'src/a.js', startLine: 3, endLine: 4, severity: 'high', title: 'Check for zero', body: 'Divides by zero.\n\nMore.' },
      { path: 'src/b.js', startLine: 10, endLine: 10, severity: 'low', title: 'Name it better', body: 'It is called x.' },
    ]);
  });

  it('takes a text without remarks as the summary', () => {
    expect(parseReview('Looks good to me.', '/workspace')).toEqual({ summary: 'Looks good to me.', correct: null, findings: [] });
  });

  it.each([['/etc/passwd'], ['/workspace/../etc/passwd'], ['../x']])('leaves out a remark about %s', (path) => {
    expect(parseReview(`- [P0] x — ${path}:1-1\n  y`, '/workspace').findings).toEqual([]);
  });

  it.each([['{"findings": 3}'], ['{'], ['']])('does not fail on %j', (text) => {
    expect(parseReview(text, '/workspace').findings).toEqual([]);
  });
});

describe('fingerprinted', () => {
  const [first] = parseReview(json, '/workspace').findings;
  if (!first) throw new Error('no finding');

  it('stays the same while the code moves, and changes with the code', () => {
    const here = fingerprinted([first], () => '  return a / b;');
    const moved = fingerprinted([{ ...first, startLine: 30, endLine: 31 }], () => '    return a / b;');
    const changed = fingerprinted([first], () => 'return a / c;');

    expect(moved[0]?.fingerprint).toBe(here[0]?.fingerprint);
    expect(changed[0]?.fingerprint).not.toBe(here[0]?.fingerprint);
  });

  it('keeps one of equal findings', () => {
    expect(fingerprinted([first, first], () => 'x')).toHaveLength(1);
  });
});

describe('verdictOf', () => {
  it('asks for changes on a grave finding, comments on others, approves none', () => {
    const [grave, slight] = fingerprinted(parseReview(rendered, '/workspace').findings, () => '');
    if (!grave || !slight) throw new Error('two findings expected');

    expect(verdictOf({ correct: null }, [grave])).toBe('request-changes');
    expect(verdictOf({ correct: true }, [slight])).toBe('comment');
    expect(verdictOf({ correct: null }, [])).toBe('approve');
    expect(verdictOf({ correct: false }, [])).toBe('request-changes');
  });
});
