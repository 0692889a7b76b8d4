import { describe, expect, it } from '@jest/globals';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..');

/** The launcher in a folder of its own, with a main.ts of ours. */
async function installation(main: string, withNode: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-bin-'));
  await mkdir(join(folder, 'cli'));
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await copyFile(join(root, 'cli', 'bin.js'), join(folder, 'cli', 'bin.js'));
  await writeFile(join(folder, 'cli', 'main.ts'), main);
  if (withNode) await symlink(join(root, 'node_modules', 'node'), join(folder, 'node_modules', 'node'));
  return folder;
}

describe('cli/bin.js', () => {
  it('hands arguments on as they are and the exit code back', async () => {
    const folder = await installation('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7 as number;', true);

    const result = await execa(process.execPath, [join(folder, 'cli', 'bin.js'), 'submit', '--', '-x "y"\n'], { reject: false });

    expect(JSON.parse(result.stdout)).toEqual(['submit', '--', '-x "y"\n']);
    expect(result.exitCode).toBe(7);
    await rm(folder, { recursive: true });
  });

  it('hands SIGTERM on and waits for the end', async () => {
    const main =
      "process.on('SIGTERM', () => { console.log('ended well'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');";
    const folder = await installation(main, true);

    const child = execa(process.execPath, [join(folder, 'cli', 'bin.js')], { reject: false, stdin: 'ignore' });
    for await (const line of child) if (line === 'up') child.kill('SIGTERM');
    const result = await child;

    expect(result.stdout).toBe('up\nended well');
    expect(result.exitCode).toBe(0);
    await rm(folder, { recursive: true });
  });

  it('says in one sentence that nothing was installed', async () => {
    const folder = await installation('', false);

    const result = await execa(process.execPath, [join(folder, 'cli', 'bin.js')], { reject: false });

    expect(result.stderr).toMatch(/^astraforge: its own Node is not installed: run npm ci in .* first\.$/);
    expect(result.exitCode).toBe(1);
    await rm(folder, { recursive: true });
  });
});
