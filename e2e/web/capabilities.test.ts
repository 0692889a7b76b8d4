import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { operations } from '../../api/operations/index.ts';
import type { Operation } from '../../api/operations/operation.ts';
import { forMachines, places } from './capabilities.ts';

const app = fileURLToPath(new URL('../../web/app', import.meta.url));
const imports = /(?:from\s+|import\(\s*|new URL\(\s*)'([^']+\.tsx?)'/g;
const reachable = new Map<string, ReadonlySet<string>>();

/** Every file of the pages that a route is made of, itself among them, by their paths below `web/app`. */
function filesOf(route: string): ReadonlySet<string> {
  const known = reachable.get(route);
  if (known) return known;
  const found = new Set<string>();
  const open = [route];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !existsSync(join(app, file))) continue;
    found.add(file);
    for (const [, target = ''] of sourceOf(file).matchAll(imports)) {
      if (target.startsWith('~/')) open.push(target.slice(2));
      else if (target.startsWith('.')) open.push(relative(app, join(app, dirname(file), target)));
    }
  }
  reachable.set(route, found);
  return found;
}

function sourceOf(file: string): string {
  return readFileSync(join(app, file), 'utf8');
}

/** How the typed client is asked for an operation. */
function clientCall({ method, path }: Operation): string {
  return `.${method.toUpperCase()}('${path.replace(/:(\w+)/g, '{$1}')}'`;
}

describe('every operation of the API', () => {
  it('has a place in the pages, or a reason why only machines need it; and nothing else is listed', () => {
    const ids = operations.map(({ id }) => id);
    const listed = [...Object.keys(places), ...Object.keys(forMachines)];

    expect(ids.filter((id) => !listed.includes(id))).toEqual([]);
    expect(listed.filter((id) => !ids.includes(id))).toEqual([]);
    expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([]);
  });

  it.each(Object.entries(places))('%s is used on a page by a control that is there', (id, place) => {
    const operation = operations.find((each) => each.id === id);
    const { page, control, calledBy, call, actionOf } = place;
    const [shownBy, words] = control;

    expect(operation).toBeDefined();
    expect([...filesOf(page)]).toContain(shownBy);
    expect(sourceOf(shownBy)).toContain(words);
    expect([...filesOf(actionOf ?? page)]).toContain(calledBy);
    expect(sourceOf(calledBy)).toContain(call ?? (operation ? clientCall(operation) : id));
  });

  it('that only machines use is called by no page', () => {
    const sources = [...new Set(Object.values(places).flatMap(({ page }) => [...filesOf(page)]))].map(sourceOf).join('\n');
    const called = operations.filter(({ id }) => id in forMachines).filter((operation) => sources.includes(clientCall(operation)));

    expect(called.map(({ id }) => id)).toEqual([]);
  });
});
