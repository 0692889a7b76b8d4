import type { Role } from '../../workflows/contracts/principal.ts';

/** The least role that may call an operation; `public` needs no sign-in. */
export type RoleRule = Role | 'public';

/** Who may call what, by operation id. What is not here is denied. */
export const roleRules: Readonly<Record<string, RoleRule>> = {
  getHealth: 'public',
  getReadiness: 'public',
  signIn: 'public',
  createSession: 'public',
  endSession: 'public',
  getOpenApi: 'public',
  getDocs: 'public',
  getDocsAsset: 'public',

  getMe: 'observer',
  listPeople: 'observer',
  getOptions: 'observer',
  getOverview: 'observer',
  listProjects: 'observer',
  getProject: 'observer',
  listProjectFiles: 'observer',
  listProjectSecrets: 'observer',
  listRequests: 'observer',
  getRequest: 'observer',
  listRequestEvents: 'observer',
  streamRequestEvents: 'observer',
  streamManyRequests: 'observer',
  listRuns: 'observer',
  getRun: 'observer',
  listRunEvents: 'observer',
  streamRunEvents: 'observer',
  getRunDiff: 'observer',
  getRunBlob: 'observer',
  listMergeRequests: 'observer',
  getMergeRequest: 'observer',
  listActivity: 'observer',
  listPromptTemplates: 'observer',
  getAttachment: 'observer',

  postDecision: 'reviewer',
  postMessage: 'reviewer',
  withdrawMessage: 'reviewer',
  uploadAttachment: 'reviewer',

  submitRequest: 'maintainer',
  postChat: 'maintainer',
  postAnswer: 'maintainer',
  cancelRequest: 'maintainer',
  retryRequest: 'maintainer',
  mergeRequest: 'maintainer',
  testProject: 'maintainer',
  createPromptTemplate: 'maintainer',
  patchPromptTemplate: 'maintainer',
  deletePromptTemplate: 'maintainer',

  createProject: 'admin',
  patchProject: 'admin',
  putProjectSecret: 'admin',
  deleteProjectSecret: 'admin',
  rehydrateRequests: 'admin',
};

const ranks: readonly Role[] = ['observer', 'reviewer', 'maintainer', 'admin'];

/** True when one of the roles is `needed` or stands above it (admin ⊃ maintainer ⊃ reviewer ⊃ observer). */
export function holdsRole(roles: readonly Role[], needed: Role): boolean {
  return roles.some((role) => ranks.indexOf(role) >= ranks.indexOf(needed));
}
