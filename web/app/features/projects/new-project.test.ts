import { describe, expect, it } from '@jest/globals';
import type { Problem } from '~/lib/api.ts';
import { newProjectErrors, projectCreateOf, projectNameOf, readNewProject } from './new-project.ts';

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

describe('projectNameOf', () => {
  it.each([
    ['https://host.example/team/shop.git', 'shop'],
    ['git@host.example:team/shop.git', 'shop'],
    ['git@host.example:shop', 'shop'],
    ['/home/me/my shop/', 'my-shop'],
    ['C:\\src\\shop', 'shop'],
    ['/home/me/.dotfiles', 'dotfiles'],
    ['', ''],
  ])('of %j is %j', (url, name) => {
    expect(projectNameOf(url)).toBe(name);
  });
});

describe('a new project', () => {
  it('is named after its repository and has one check when a command is given', () => {
    const read = readNewProject(form({ repositoryUrl: ' /src/shop ', check: 'npm test', defaultBranch: '' }));

    expect(projectCreateOf(read)).toEqual({
      name: 'shop',
      repositoryUrl: '/src/shop',
      repositoryKind: 'git',
      forge: 'local',
      settings: { checks: [{ name: 'test', command: 'npm test' }] },
    });
  });

  it('sends a branch and the kind only as they were chosen', () => {
    const read = readNewProject(form({ name: 'a', repositoryUrl: '/a', repositoryKind: 'folder', defaultBranch: 'next' }));

    expect(projectCreateOf(read)).toMatchObject({ name: 'a', repositoryKind: 'folder', defaultBranch: 'next', settings: {} });
  });
});

describe('newProjectErrors', () => {
  const problem = (code: string, errors?: Problem['errors']): Problem => ({ title: 't', status: 422, detail: 'why', code, errors });

  it.each([
    ['project-name-taken', { name: 'why' }],
    ['repository-unreachable', { repositoryUrl: 'why' }],
    ['unknown-branch', { defaultBranch: 'why' }],
    ['something-else', { '': 'why' }],
  ])('puts %s at its field', (code, errors) => {
    expect(newProjectErrors(problem(code))).toEqual(errors);
  });

  it('takes the fields that the API names', () => {
    expect(newProjectErrors(problem('invalid-body', [{ path: 'name', message: 'too long' }]))).toEqual({ name: 'too long' });
  });
});
