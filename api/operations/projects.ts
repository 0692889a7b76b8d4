import {
  FileList,
  FileListQuery,
  Project,
  ProjectCreate,
  ProjectPage,
  ProjectParams,
  ProjectPatch,
  ProjectQuery,
  ProjectTest,
} from '../schemas/projects.ts';
import { defineOperation } from './operation.ts';

const tag = 'Projects';

export const listProjects = defineOperation({
  id: 'listProjects',
  method: 'get',
  path: '/api/projects',
  tag,
  summary: 'Lists projects by name.',
  query: ProjectQuery,
  response: ProjectPage,
});

export const createProject = defineOperation({
  id: 'createProject',
  method: 'post',
  path: '/api/projects',
  tag,
  summary: 'Adds a project after looking at its repository.',
  body: ProjectCreate,
  response: Project,
  statuses: { 201: 'Created' },
  problems: [409],
  keyed: true,
});

export const getProject = defineOperation({
  id: 'getProject',
  method: 'get',
  path: '/api/projects/:projectId',
  tag,
  summary: 'Shows a project, by id or by name.',
  params: ProjectParams,
  response: Project,
  problems: [404],
});

export const patchProject = defineOperation({
  id: 'patchProject',
  method: 'patch',
  path: '/api/projects/:projectId',
  tag,
  summary: 'Changes settings; what is left out stays.',
  params: ProjectParams,
  body: ProjectPatch,
  response: Project,
  problems: [404],
});

export const testProject = defineOperation({
  id: 'testProject',
  method: 'post',
  path: '/api/projects/:projectId/test',
  tag,
  summary: 'Looks at the repository now and names its branches.',
  params: ProjectParams,
  response: ProjectTest,
  problems: [404],
});

export const listProjectFiles = defineOperation({
  id: 'listProjectFiles',
  method: 'get',
  path: '/api/projects/:projectId/files',
  tag,
  summary: 'Completes paths of the repository, the best first; the copy that is asked may be a minute old.',
  params: ProjectParams,
  query: FileListQuery,
  response: FileList,
  problems: [404],
});
