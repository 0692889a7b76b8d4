import { describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliClient } from '../client.ts';
import { emptyInput, runWith } from './fake-context.ts';

const project = { projectId: 'p1', name: 'sample', forge: 'local', repositoryUrl: '/src/sample' } as Awaited<
  ReturnType<CliClient['listProjects']>
>[number];
const listProjects = () => Promise.resolve([project]);
const info = { name: 'DB_KEY', changedBy: 'Ada', changedAtMs: 0 };

describe('project secret', () => {
  it.each([
    ['of one line without its newline', 'a value \n', 'a value '],
    ['of one line as it is', 'a value', 'a value'],
    ['of several lines with all of them', 'one\ntwo\n', 'one\ntwo\n'],
  ])('sets a value %s, and never prints it', async (_, input, value) => {
    const setProjectSecret = jest.fn<CliClient['setProjectSecret']>().mockResolvedValue(info);

    const run = await runWith(['project', 'secret', 'set', 'DB_KEY'], { listProjects, setProjectSecret }, { stdin: emptyInput(input) });

    expect(setProjectSecret.mock.calls).toEqual([['p1', 'DB_KEY', value]]);
    expect(run).toMatchObject({ exitCode: 0, stdout: 'DB_KEY is set: checks that start from now on get it\n', stderr: '' });
  });

  it('takes a value from a file, of the project that is named', async () => {
    const setProjectSecret = jest.fn<CliClient['setProjectSecret']>().mockResolvedValue(info);
    const folder = await mkdtemp(join(tmpdir(), 'astraforge-secret-'));
    await writeFile(join(folder, 'value'), 'from a file\n');

    const args = ['project', 'secret', 'set', 'DB_KEY', '-p', 'sample', '--file', join(folder, 'value')];
    const run = await runWith(args, { listProjects, setProjectSecret });
    await rm(folder, { recursive: true });

    expect(setProjectSecret.mock.calls).toEqual([['p1', 'DB_KEY', 'from a file']]);
    expect(run.exitCode).toBe(0);
  });

  it('takes no value as an argument, none from a terminal, and no empty one', async () => {
    const terminal = Object.assign(emptyInput(''), { isTTY: true });

    const argument = await runWith(['project', 'secret', 'set', 'DB_KEY', 'value'], { listProjects });
    const typed = await runWith(['project', 'secret', 'set', 'DB_KEY'], { listProjects }, { stdin: terminal });
    const empty = await runWith(['project', 'secret', 'set', 'DB_KEY'], { listProjects });

    expect([argument.exitCode, typed.exitCode, empty.exitCode]).toEqual([2, 2, 2]);
    expect(typed.stderr).toContain('give it on stdin, or with --file PATH');
  });

  it('lists names for people and for programs, and removes', async () => {
    const removeProjectSecret = jest.fn<CliClient['removeProjectSecret']>().mockResolvedValue({ name: 'DB_KEY' });
    const client = { listProjects, removeProjectSecret, listProjectSecrets: () => Promise.resolve([info]) };

    const people = await runWith(['project', 'secret', 'list'], client);
    const programs = await runWith(['project', 'secret', 'list', '--json'], client);
    const removed = await runWith(['project', 'secret', 'remove', 'DB_KEY'], client);

    expect(people.stdout).toMatch(/DB_KEY +Ada +1970-01-01T00:00:00.000Z/);
    expect(JSON.parse(programs.stdout)).toEqual([info]);
    expect(removeProjectSecret.mock.calls).toEqual([['p1', 'DB_KEY']]);
    expect(removed.stdout).toBe('DB_KEY is removed\n');
  });
});
