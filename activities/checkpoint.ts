import type { Database } from '../db/port.ts';
import type { RunLog } from '../db/run-log/port.ts';
import type { ProjectRow } from '../db/projects.ts';
import { getRun } from '../db/runs.ts';
import type { Logger } from '../config/logger.ts';
import type { CheckpointActivities } from '../workflows/contracts/activities.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Checkpoint } from '../workflows/contracts/request.ts';
import type { RunInput } from '../workflows/contracts/run.ts';
import type { CommitIdentity, GitService } from '../workspace/gateway/git/port.ts';
import { timedHop } from './hops.ts';
import type { Services } from './services.ts';
import { commitMessage } from './texts.ts';
import { requireProject } from './workspace/rows.ts';
import { asReason } from './workspace/start-turn.ts';

export interface CheckpointDependencies {
  database: Database;
  runLog: RunLog;
  git: GitService;
  logger: Logger;
  now: () => number;
  publicUrl: string;
  author: { name: string; email: string };
}

/** Turns a turn's tip into a checkpoint (contracts/activities.ts): the same input gives the same commit, however often it is tried. */
export function createCheckpointActivities(deps: CheckpointDependencies): CheckpointActivities {
  return {
    async finaliseCheckpoint({ run, tipCommit, sessionArtifactId, threadId, warnings }) {
      const { tenantId, projectId, requestId } = run.request;
      const fields = { requestId, runId: run.runId };
      const { project, baseCommit } = await timedHop(deps.logger, 'checkpoint.database', fields, () => readStart(deps.database, run));
      const finalised = await timedHop(deps.logger, 'checkpoint.finalise', fields, async () => {
        try {
          return await deps.git.finalise({
            tenantId,
            projectId,
            runId: run.runId,
            baseCommit,
            tipCommit,
            message: commitMessage(run.request, deps.publicUrl),
            identity: identityOf(deps.author, run, project),
            atMs: run.createdAtMs,
          });
        } catch (error) {
          throw asReason('checkpoint-failed', error);
        }
      });
      const checkpoint: Checkpoint = {
        checkpointId: `${run.runId}-${finalised.commit.slice(0, 12)}`,
        runId: run.runId,
        baseCommit: finalised.baseCommit,
        commit: finalised.commit,
        // Only a commit that is the base itself has none: there is nothing to restore.
        bundleArtifactId: finalised.bundleArtifactId ?? '',
        sessionArtifactId,
        threadId,
        stat: finalised.stat,
        warnings,
      };
      await announce(deps, run, checkpoint);
      return { checkpoint, unchanged: finalised.unchanged };
    },
  };
}

/** The same from a process's services. */
export function openCheckpointActivities({ config, database, runLog, git, logger }: Services): CheckpointActivities {
  const author = { name: config.GIT_AUTHOR_NAME, email: config.GIT_AUTHOR_EMAIL };
  return createCheckpointActivities({ database, runLog, git, logger, now: Date.now, publicUrl: config.PUBLIC_URL, author });
}

/** Where finalising starts: the base of the checkpoint that is continued, else the one the run was prepared on. */
async function readStart(database: Database, run: RunInput): Promise<{ project: ProjectRow; baseCommit: string }> {
  const { tenantId, projectId } = run.request;
  return database.withTenant(tenantId, async (tx) => {
    const [project, row] = await Promise.all([requireProject(tx, projectId), getRun(tx, run.runId)]);
    const baseCommit = row?.baseCommit ?? run.from?.baseCommit;
    if (baseCommit) return { project, baseCommit };
    throw new DomainError('permanent', 'checkpoint-failed', 'storing the result: the run has no base commit; retry the run');
  });
}

function identityOf(author: { name: string; email: string }, run: RunInput, project: ProjectRow): CommitIdentity {
  const { name, email } = run.request.requester;
  return {
    author,
    committer: author,
    coAuthors: name === '' || email === '' ? [] : [{ name, email }],
    signOff: project.settings.signOff,
    signingKeyFile: project.settings.signingKeyFile,
  };
}

async function announce(deps: CheckpointDependencies, run: RunInput, checkpoint: Checkpoint): Promise<void> {
  const { tenantId, requestId } = run.request;
  const { commit, stat, warnings } = checkpoint;
  await deps.runLog.append(
    { tenantId, requestId, runId: run.runId, attempt: null },
    [{ type: 'checkpoint.created', emittedAtMs: deps.now(), data: { commit, ...stat, warnings } }],
    `checkpoint.${run.runId}.${commit}`,
  );
}
