import { describe, expect, it, jest } from '@jest/globals';
import type { CliClient } from '../client.ts';
import { runWith } from './fake-context.ts';

const project = { projectId: 'p1', name: 'sample' } as Awaited<ReturnType<CliClient['createProject']>>;
const add = (createProject: CliClient['createProject'], ...options: string[]) =>
  runWith(['project', 'add', 'https://forge.example.org/team/sample.git', ...options], { createProject });

describe('project add', () => {
  it('says how many workspaces are kept ready, where that was asked for', async () => {
    const createProject = jest.fn<CliClient['createProject']>().mockResolvedValue(project);

    await add(createProject, '--warm', '2');
    await add(createProject);

    expect(createProject.mock.calls.map(([body]) => body.settings)).toEqual([{ warmWorkspaces: 2 }, {}]);
  });

  it.each(['6', '-1', '1.5', 'some', ''])('refuses %j of them', async (number) => {
    const createProject = jest.fn<CliClient['createProject']>();

    const run = await add(createProject, '--warm', number);

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('a number from 0 to 5');
    expect(createProject).not.toHaveBeenCalled();
  });
});

describe('project list', () => {
  it('says how many warm workspaces are ready where some are wanted', async () => {
    const shown = { ...project, forge: 'local', defaultBranch: 'main', repositoryUrl: '/repo', settings: { checks: [] }, warmReady: 0 };
    const warm = { ...shown, name: 'warm', warmReady: 1, settings: { checks: [], warmWorkspaces: 2 } };
    const listProjects = () => Promise.resolve([shown, warm] as unknown as Awaited<ReturnType<CliClient['listProjects']>>);

    const { stdout } = await runWith(['project', 'list'], { listProjects });

    expect(stdout).toMatch(/warm +local +main +0 +1 of 2 +\/repo/);
    expect(stdout).toMatch(/sample +local +main +0 +\/repo/);
  });
});
