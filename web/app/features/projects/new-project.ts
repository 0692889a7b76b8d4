import type { Problem, Schemas } from '~/lib/api.ts';
import { type FieldErrors, fieldErrors } from './settings-patch.ts';

/** What the form for a new project holds, as it was typed. */
export interface NewProjectForm {
  name: string;
  repositoryUrl: string;
  repositoryKind: 'git' | 'folder';
  forge: string;
  defaultBranch: string;
  check: string;
}

/** Reads the form; blanks at the ends are nobody's intent. */
export function readNewProject(form: FormData): NewProjectForm {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const repositoryUrl = text('repositoryUrl');
  return {
    name: text('name') || projectNameOf(repositoryUrl),
    repositoryUrl,
    repositoryKind: text('repositoryKind') === 'folder' ? 'folder' : 'git',
    forge: text('forge') || 'local',
    defaultBranch: text('defaultBranch'),
    check: text('check'),
  };
}

/** The body of the API's call. */
export function projectCreateOf(form: NewProjectForm): Schemas['ProjectCreate'] {
  const { name, repositoryUrl, repositoryKind, forge, defaultBranch, check } = form;
  return {
    ...{ name, repositoryUrl, repositoryKind, forge },
    ...(defaultBranch === '' ? {} : { defaultBranch }),
    settings: check === '' ? {} : { checks: [{ name: 'test', command: check }] },
  };
}

/** `shop` of `https://host/team/shop.git` and of `/home/me/shop/`; empty where nothing names it. */
export function projectNameOf(repositoryUrl: string): string {
  const last =
    repositoryUrl
      .trim()
      .replace(/[/\\]+$/, '')
      .split(/[/\\:]/)
      .at(-1) ?? '';
  return last
    .replace(/\.git$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
}

/** The field that each refusal is about. */
const fieldOfCode: Readonly<Record<string, keyof NewProjectForm>> = {
  'project-name-taken': 'name',
  'repository-unreachable': 'repositoryUrl',
  'repository-denied': 'repositoryUrl',
  'repository-unsupported': 'repositoryUrl',
  'unsupported-url': 'repositoryUrl',
  'credentials-in-url': 'repositoryUrl',
  'path-not-allowed': 'repositoryUrl',
  'unknown-branch': 'defaultBranch',
  'unknown-forge': 'forge',
};

/** What is wrong by field; what no field explains stays under the empty name. */
export function newProjectErrors(problem: Problem): FieldErrors {
  if (problem.errors && problem.errors.length > 0) return fieldErrors(problem.errors);
  return { [fieldOfCode[problem.code] ?? '']: problem.detail };
}
