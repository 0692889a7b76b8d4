import { describe, expect, it } from '@jest/globals';
import { describeVerdict, type Finding, groupFindings } from './findings.ts';

function finding(severity: Finding['severity'], path: string, startLine: number): Finding {
  return { fingerprint: `${path}${startLine}`, severity, path, startLine, endLine: startLine, title: '', body: '' };
}

describe('groupFindings', () => {
  it('puts the gravest first, and orders each grade by its place', () => {
    const findings = [
      finding('info', 'a', 1),
      finding('low', 'b', 9),
      finding('critical', 'z', 1),
      finding('low', 'b', 2),
      finding('low', 'a', 5),
    ];

    expect(groupFindings(findings).map((group) => [group.severity, group.findings.map(({ fingerprint }) => fingerprint)])).toEqual([
      ['critical', ['z1']],
      ['low', ['a5', 'b2', 'b9']],
      ['info', ['a1']],
    ]);
  });

  it('has no group for no findings', () => {
    expect(groupFindings([])).toEqual([]);
  });
});

describe('describeVerdict', () => {
  it.each([
    ['approve', 'Nothing against this change'],
    ['request-changes', 'Changes are asked for'],
    [null, 'No verdict'],
    ['odd', 'odd'],
  ])('of %j is %s', (verdict, words) => {
    expect(describeVerdict(verdict)).toBe(words);
  });
});
