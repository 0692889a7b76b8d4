import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '../cli/exit-codes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function filesOf(...patterns: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob(patterns, { cwd: root, exclude: ['node_modules/**', '.astraforge/**', 'cli/demo/sample/**'] }))
    found.push(path);
  return found.sort();
}

describe('the documents', () => {
  it('has every decision record whole', async () => {
    const records = await filesOf('docs/adr/*.md');
    const broken: string[] = [];
    const numbers = new Set<number>();
    for (const path of records) {
      const text = await readFile(join(root, path), 'utf8');
      const number = Number(/(\d{4})-/.exec(path)?.[1]);
      const whole = ['## Context', '## Decision', '## Consequences'].every((heading) => text.includes(`\n${heading}\n`));
      // A number may be missing, when records were written at the same time; none stands twice.
      if (numbers.has(number) || !text.startsWith(`# ${number}. `) || !whole) broken.push(path);
      numbers.add(number);
    }

    expect(broken).toEqual([]);
    expect(records.length).toBeGreaterThan(20);
  });

  it('links to nothing that does not exist', async () => {
    const broken: string[] = [];
    for (const path of await filesOf('*.md', 'docs/**/*.md')) {
      const text = await readFile(join(root, path), 'utf8');
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        const file = target?.split('#')[0] ?? '';
        if (file === '' || /^[a-z]+:/.test(file)) continue;
        if (!existsSync(join(root, dirname(path), file))) broken.push(`${path} -> ${target}`);
      }
    }

    expect(broken).toEqual([]);
  });

  it('names only files of this repository in its tour', async () => {
    const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
    const named = [...text.matchAll(/`((?:api|activities|cli|config|db|docs|e2e|forges|workflows|workspace)\/[\w./-]*)`/g)].map(
      ([, path]) => path ?? '',
    );

    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('documents every exit code', async () => {
    const text = await readFile(join(root, 'docs/cli.md'), 'utf8');
    const documented = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

    expect(documented).toEqual(Object.values(exitCodes));
  });

  it('names only npm scripts that exist', async () => {
    const scripts = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;
    const unknown: string[] = [];
    for (const path of await filesOf('*.md', 'docs/**/*.md')) {
      const text = await readFile(join(root, path), 'utf8');
      for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g))
        if (!scripts[name ?? '']) unknown.push(`${relative(root, path)}: ${name}`);
    }

    expect(unknown).toEqual([]);
  });
});
