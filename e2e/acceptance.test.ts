import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { namesTest, parseAcceptance, type Reference } from './acceptance-table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Why a reference shows nothing; null when it does. */
async function whyMissing(reference: Reference): Promise<string | null> {
  if (reference.kind === 'benchmark') {
    return existsSync(join(root, 'bench', `${reference.name}.ts`)) ? null : `there is no benchmark ${reference.name}`;
  }
  if (!/\.(test|contract)\.ts$/.test(reference.path)) return `${reference.path} is no test`;
  if (!existsSync(join(root, reference.path))) return `${reference.path} does not exist`;
  if (reference.name === null) return null;
  const source = await readFile(join(root, reference.path), 'utf8');
  return namesTest(source, reference.name) ? null : `${reference.path} has no test "${reference.name}"`;
}

describe('parseAcceptance', () => {
  it('reads rows with one or several references, and the open clauses', () => {
    const document = parseAcceptance(
      [
        '| clause | shown by |',
        '|---|---|',
        '| one; two | `a/b.test.ts` "it works; well"; `bench stream` |',
        '| three | `c.test.ts` |',
        '',
        '## Open',
        '- four',
      ].join('\n'),
    );

    expect(document).toEqual({
      clauses: [
        {
          clause: 'one; two',
          shownBy: [
            { kind: 'test', path: 'a/b.test.ts', name: 'it works; well' },
            { kind: 'benchmark', name: 'stream' },
          ],
        },
        { clause: 'three', shownBy: [{ kind: 'test', path: 'c.test.ts', name: null }] },
      ],
      open: ['four'],
      problems: [],
    });
  });

  it.each(['| clause without proof | |', '| a | by hand |', '| a | `x.test.ts` | more |'])('does not pass over the row %s', (row) => {
    expect(parseAcceptance(`| clause | shown by |\n|---|---|\n${row}`).problems).toHaveLength(1);
  });
});

describe('namesTest', () => {
  it('finds a whole name in any quotes, and no part of one', () => {
    expect(namesTest("it('keeps (all) of it', () => {})", 'keeps (all) of it')).toBe(true);
    expect(namesTest('it.each([1])("the agent\'s %d", f)', "the agent's %d")).toBe(true);
    expect(namesTest("it('keeps all of it')", 'keeps all')).toBe(false);
    expect(namesTest('// keeps all', 'keeps all')).toBe(false);
  });
});

const documents: string[] = [];
for await (const path of glob('docs/acceptance/*.md', { cwd: root })) documents.push(path);

describe.each(documents)('%s', (path) => {
  it('names only tests and benchmarks that exist, and no clause twice', async () => {
    const { clauses, open, problems } = parseAcceptance(await readFile(join(root, path), 'utf8'));
    const missing = await Promise.all(clauses.flatMap(({ shownBy }) => shownBy).map(whyMissing));
    const names = [...clauses.map(({ clause }) => clause), ...open];

    expect([...problems, ...missing.filter((reason) => reason !== null)]).toEqual([]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(clauses.length + open.length).toBeGreaterThan(0);
  });
});
