import {
  ProjectSecretDeleted,
  ProjectSecretInfo,
  ProjectSecretList,
  ProjectSecretParams,
  ProjectSecretPut,
} from '../schemas/project-secrets.ts';
import { ProjectParams } from '../schemas/projects.ts';
import { defineOperation } from './operation.ts';

const tag = 'Projects';
const all = '/api/projects/:projectId/secrets';
const one = `${all}/:name`;

export const listProjectSecrets = defineOperation({
  id: 'listProjectSecrets',
  method: 'get',
  path: all,
  tag,
  summary: 'Names the secrets that the project’s checks get; never their values.',
  params: ProjectParams,
  response: ProjectSecretList,
  problems: [404],
});

export const putProjectSecret = defineOperation({
  id: 'putProjectSecret',
  method: 'put',
  path: one,
  tag,
  summary: 'Sets a secret, or gives it another value; it cannot be read back.',
  params: ProjectSecretParams,
  body: ProjectSecretPut,
  response: ProjectSecretInfo,
  problems: [404],
});

export const deleteProjectSecret = defineOperation({
  id: 'deleteProjectSecret',
  method: 'delete',
  path: one,
  tag,
  summary: 'Removes a secret; later checks run without it.',
  params: ProjectSecretParams,
  response: ProjectSecretDeleted,
  problems: [404],
});
