import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { DoorRoute } from '../door.ts';
import type { LocksFolder } from '../git/folder-lock.ts';
import { handleGitHttp } from '../git/http-backend.ts';
import { createMirrors } from '../git/mirror.ts';
import type { Mirrors } from '../git/mirror.ts';
import { commitId, projectDir, runRepositoryPath } from '../git/names.ts';
import { readBlob, treeEntry } from '../git/objects.ts';
import type { RepositorySource } from '../git/port.ts';
import { createGit } from '../git/run-git.ts';
import { pathOf, sendError, sendJson } from '../http.ts';
import type { WorkspaceGrant } from '../workspace-resolver.ts';
import { allowedUrls, judgeSubmodules, parseSubmodules, submoduleKey } from './policy.ts';

/** Below the run's repository: a list for the supervisor, and one repository for each key. */
export const submodulesPath = '/git/run.git/submodules';

const repositoryPath = /^\/git\/run\.git\/submodules\/([0-9a-f]{16})\.git\//;
const maxFileBytes = 256 * 1024;
const freshMs = 60_000;

/** The project that a workspace is at work for, as far as its submodules are concerned. */
export interface SubmoduleProject {
  projectId: string;
  source: RepositorySource;
  /** Repositories that its settings list. */
  submodules: readonly string[];
}

export interface SubmodulesOptions {
  runsDir: string;
  mirrorsDir: string;
  locksDir: LocksFolder;
  /** Null when the project is gone. */
  project(grant: WorkspaceGrant): Promise<SubmoduleProject | null>;
  logger: Logger;
}

/**
 * `GET …/submodules?commit=<id>` says where a commit's submodules are read, or why not; `…/submodules/<key>.git` serves one for reading,
 * from a mirror of the project's own. What is listed in the project's settings decides, each time anew.
 */
export function createSubmodulesRoute(options: SubmodulesOptions): DoorRoute {
  const git = createGit();
  const fetchedMs = new Map<string, number>();
  const ofFolder = new Map<string, Mirrors>();

  /** One for each project, so that those who ask for the same repository at once share a fetch. */
  function mirrorsIn(mirrorsDir: string): Mirrors {
    const known = ofFolder.get(mirrorsDir);
    if (known) return known;
    const made = createMirrors({ git, mirrorsDir, locksDir: options.locksDir, allowPaths: true, fetchTimeoutMs: 600_000 });
    ofFolder.set(mirrorsDir, made);
    return made;
  }

  async function list(request: IncomingMessage, response: ServerResponse, grant: WorkspaceGrant): Promise<void> {
    const commit = commitId(new URL(request.url ?? '', 'http://door').searchParams.get('commit') ?? '');
    const project = await options.project(grant);
    const gitDir = runRepositoryPath(options.runsDir, grant.runId);
    const entry = await treeEntry(git, gitDir, commit, '.gitmodules');
    if (!project || !entry?.mode.startsWith('100')) return sendJson(response, 200, { submodules: [] });
    const content = await readBlob(git, gitDir, entry.id, maxFileBytes);
    const listed = await git(['config', '--file', '-', '--list', '-z'], { gitDir, input: content, exitCodes: 'any', quiet: true });
    const judged = judgeSubmodules(parseSubmodules(listed.stdout.toString('utf8')), {
      repositoryUrl: project.source.url,
      allowed: project.submodules,
    });
    const submodules = judged.map(({ key, ...rest }) => ({ ...rest, url: key === null ? null : `${submodulesPath}/${key}.git` }));
    sendJson(response, 200, { submodules });
  }

  async function serve(request: IncomingMessage, response: ServerResponse, grant: WorkspaceGrant, key: string): Promise<void> {
    const project = await options.project(grant);
    const allowed = project ? allowedUrls({ repositoryUrl: project.source.url, allowed: project.submodules }) : [];
    const url = allowed.find((candidate) => submoduleKey(candidate) === key);
    if (!project || url === undefined)
      return sendError(response, 404, 'submodule-unknown', "The project's settings list no such submodule.");
    const mirrors = mirrorsIn(projectDir(options.mirrorsDir, { tenantId: grant.tenantId, projectId: project.projectId }));
    const mirror = await upToDate(mirrors, key, url, request.method === 'GET');
    return handleGitHttp(request, response, {
      repositoryPath: mirror,
      readOnly: true,
      maxInputBytes: 0,
      onError: (message) => options.logger.warn('git http backend complained', { runId: grant.runId, complaint: message }),
    });
  }

  /** The mirror's path; fetched at the beginning of an exchange, at most once a minute. */
  async function upToDate(mirrors: Mirrors, key: string, url: string, isBeginning: boolean): Promise<string> {
    const place = { tenantId: 'submodules', projectId: key };
    const path = mirrors.path(place);
    if (isBeginning && Date.now() - (fetchedMs.get(path) ?? 0) > freshMs) {
      await mirrors.fetch(place, { kind: 'git', url }, {});
      fetchedMs.set(path, Date.now());
    }
    return mirrors.ensure(place);
  }

  return async function submodules(request, response, grant) {
    const path = pathOf(request.url) ?? '';
    const key = repositoryPath.exec(path)?.[1];
    try {
      if (key !== undefined) return await serve(request, response, grant, key);
      if (path === submodulesPath && request.method === 'GET') return await list(request, response, grant);
      sendError(response, 404, 'unknown-route', 'The gateway has no such route.');
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      options.logger.warn('submodule refused', { runId: grant.runId, code: error.code, error: messageOf(error) });
      sendError(response, error.kind === 'transient' ? 502 : 404, error.code, error.message);
    }
  };
}
