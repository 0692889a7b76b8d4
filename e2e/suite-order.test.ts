import { describe, expect, it } from '@jest/globals';
import { comesLast, countStep, orderSuites, roomsOf } from './suite-order.ts';

const suites = ['e2e/a.system.test.ts', 'e2e/b.system.test.ts', 'e2e/c.system.test.ts', 'e2e/d.system.test.ts'];
const rooms = new Map([['e2e/c.system.test.ts', ['workspace/gateway']]]);

describe('orderSuites', () => {
  it('runs changed suites first, then those about a room under work', () => {
    const order = orderSuites({ suites, rooms, changed: ['e2e/d.system.test.ts', 'workspace/gateway/llm/handler.ts'], turn: 0 });

    expect(order.map((suite) => suite[4])).toEqual(['d', 'c', 'a', 'b']);
  });

  it('begins the rest elsewhere each time, and drops none', () => {
    const firsts = [0, 1, 2, 3].map((turn) => orderSuites({ suites, rooms, changed: [], turn }));

    expect(firsts.map((order) => order[0]?.[4])).toEqual(['a', 'b', 'c', 'd']);
    for (const order of firsts) expect([...order].sort()).toEqual(suites);
  });

  it('takes a folder for a room only as a whole name', () => {
    const order = orderSuites({ suites, rooms, changed: ['workspace/gateway-notes.md'], turn: 0 });

    expect(order[0]?.[4]).toBe('a');
  });
});

describe('a suite that must be last', () => {
  it('comes after all others, even when it was changed itself', () => {
    const order = orderSuites({ suites, rooms, changed: ['e2e/a.system.test.ts'], turn: 0, last: new Set(['e2e/a.system.test.ts']) });

    expect(order.map((suite) => suite[4])).toEqual(['b', 'c', 'd', 'a']);
  });

  it('says so in a line of its own', () => {
    expect(comesLast("import x from 'x';\n\n// @last\n")).toBe(true);
    expect(comesLast("expect('the @last one')")).toBe(false);
  });
});

describe('roomsOf', () => {
  it('reads the line of a suite', () => {
    expect(roomsOf("// @rooms workflows, activities\nimport x from 'x';")).toEqual(['workflows', 'activities']);
    expect(roomsOf('nothing here')).toEqual([]);
  });
});

describe('counting', () => {
  it('never counts a step that failed as nothing', () => {
    expect(countStep(false, { passed: 3, failed: 0 })).toEqual({ passed: 3, failed: 1 });
    expect(countStep(false, { passed: 3, failed: 2 })).toEqual({ passed: 3, failed: 2 });
    expect(countStep(true, { passed: 0, failed: 0 })).toEqual({ passed: 1, failed: 0 });
  });
});
