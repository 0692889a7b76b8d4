import type { Database, Tx } from '../db/port.ts';
import { listGates } from '../db/gates.ts';
import { upsertMergeRequest } from '../db/merge-requests.ts';
import { getMessages } from '../db/messages.ts';
import { getPrincipals } from '../db/principals.ts';
import type { ProjectRow } from '../db/projects.ts';
import { beginPush, endPush } from '../db/pushes.ts';
import { getReview } from '../db/reviews.ts';
import { getRun } from '../db/runs.ts';
import type { Logger } from '../config/logger.ts';
import type { Forge, ForgeProject } from '../forges/port.ts';
import type { ForgeActivities, QuorumAnswer } from '../workflows/contracts/activities.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Checkpoint, Gate, MergeRequestRef, RequestInput } from '../workflows/contracts/request.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { timedHop } from './hops.ts';
import { lostVoters, quorumHolds } from './quorum.ts';
import { branchName, mergeRequestDescription, mergeRequestTitle } from './texts.ts';
import { requireProject } from './workspace/rows.ts';

export interface ForgeDependencies {
  database: Database;
  git: GitService;
  /** The forge by its name; DomainError `unknown-forge` lists the valid ones. */
  forge: (name: string) => Forge;
  logger: Logger;
  publicUrl: string;
}

/** The forge's steps (contracts/activities.ts): each looks up what is there first, so repeating is safe. */
export function createForgeActivities(deps: ForgeDependencies): ForgeActivities {
  return {
    confirmQuorum: ({ request, gate }) => confirmQuorum(deps, request, gate),
    publish: (input) => publish(deps, input),
    async merge({ request, mergeRequest }) {
      const project = await deps.database.withTenant(request.tenantId, (tx) => requireProject(tx, request.projectId));
      const merged = await deps.forge(request.forge).merge(forgeProject(project), mergeRequest);
      if (merged.state === 'merged') return merged;
      throw new DomainError('permanent', 'not-merged', `merging: the forge left the merge request ${merged.state}; look at it there`);
    },
    postReview: (input) => postReview(deps, input),
  };
}

async function confirmQuorum(deps: ForgeDependencies, request: RequestInput, gate: Gate): Promise<QuorumAnswer> {
  const voters = gate.decisions.flatMap((decision) => (decision.by === null ? [] : [decision.by.id]));
  if (voters.length === 0) return { holds: quorumHolds(gate, new Map(), request.requester.id) };
  const known = await deps.database.withTenant(request.tenantId, (tx) => getPrincipals(tx, voters));
  const roles = new Map(known.map(({ id, roles }) => [id, roles]));
  return { holds: quorumHolds(gate, roles, request.requester.id), lost: lostVoters(gate, roles, request.requester.id) };
}

type PublishInput = { request: RequestInput; checkpoint: Checkpoint; previous: MergeRequestRef | null };

async function publish(deps: ForgeDependencies, { request, checkpoint, previous }: PublishInput): Promise<MergeRequestRef> {
  const { tenantId, requestId } = request;
  const { commit } = checkpoint;
  const fields = { requestId };
  const known = await timedHop(deps.logger, 'publish.database', fields, () =>
    deps.database.withTenant(tenantId, (tx) => readPublication(tx, request, checkpoint)),
  );
  const { project } = known;
  const branch = previous?.branch ?? branchName(request);
  await timedHop(deps.logger, 'publish.push', fields, () => push(deps, { request, checkpoint, previous, project, branch }));
  const title = mergeRequestTitle(request);
  const description = mergeRequestDescription({
    request,
    prompt: known.prompt,
    checks: known.gate?.checks ?? known.checks,
    gate: known.gate,
    warnings: checkpoint.warnings,
    publicUrl: deps.publicUrl,
  });
  const targetBranch = previous?.targetBranch ?? request.baseBranch;
  const opened = await timedHop(deps.logger, 'publish.merge-request', fields, () =>
    deps.forge(request.forge).openMergeRequest(forgeProject(project), { requestId, branch, targetBranch, commit, title, description }),
  );
  await deps.database.withTenant(tenantId, (tx) =>
    upsertMergeRequest(tx, { tenantId, requestId, projectId: request.projectId, title, description, ref: opened }),
  );
  return opened;
}

/**
 * Pushes the commit over what we pushed last, which is written down around each push: the merge request may not have come of the last
 * one. Where only its beginning was written, it may have gone through or not; the branch says which.
 */
async function push(deps: ForgeDependencies, input: PublishInput & { project: ProjectRow; branch: string }): Promise<void> {
  const { request, checkpoint, previous, project, branch } = input;
  const { tenantId, requestId } = request;
  const { baseCommit, commit, bundleArtifactId, runId } = checkpoint;
  const source = { kind: project.repositoryKind, url: project.repositoryUrl };
  const over = (expected: string | null) =>
    deps.git.publish({ tenantId, projectId: project.projectId, baseCommit, commit, bundleArtifactId, runId, source, branch, expected });
  const target = { tenantId, requestId, branch };
  const { pushed, begun } = await deps.database.withTenant(tenantId, (tx) => beginPush(tx, target, commit));
  try {
    await over(pushed ?? previous?.commit ?? null);
  } catch (error) {
    const found = error instanceof DomainError && error.code === 'remote-moved' ? error.details['actual'] : null;
    if (typeof found !== 'string' || !begun.includes(found)) throw error;
    await over(found);
  }
  await deps.database.withTenant(tenantId, (tx) => endPush(tx, target, commit));
}

interface Publication {
  project: ProjectRow;
  prompt: string;
  checks: Gate['checks'];
  gate: Gate | null;
}

async function readPublication(tx: Tx, request: RequestInput, checkpoint: Checkpoint): Promise<Publication> {
  const [project, [prompt], run, gates] = await Promise.all([
    requireProject(tx, request.projectId),
    getMessages(tx, [request.promptMessageId]),
    getRun(tx, checkpoint.runId),
    listGates(tx, request.requestId),
  ]);
  const gate = gates.find((candidate) => candidate.subject.id === checkpoint.commit) ?? null;
  return { project, prompt: prompt?.body ?? '', checks: run?.checks ?? [], gate };
}

async function postReview(
  deps: ForgeDependencies,
  { request, mergeRequest, reviewId }: { request: RequestInput; mergeRequest: MergeRequestRef; reviewId: string },
): Promise<void> {
  const { project, review } = await deps.database.withTenant(request.tenantId, async (tx) => {
    const [project, review] = await Promise.all([requireProject(tx, request.projectId), getReview(tx, reviewId)]);
    return { project, review };
  });
  if (review?.status !== 'completed')
    throw new DomainError('permanent', 'review-missing', 'posting the review: it is not completed; request a new one');
  const { verdict, summary, findings } = review;
  await deps.forge(request.forge).postReview(forgeProject(project), mergeRequest, {
    reviewId,
    verdict: verdict ?? 'comment',
    summary,
    findings,
  });
}

function forgeProject(project: ProjectRow): ForgeProject {
  const { tenantId, projectId, repositoryUrl } = project;
  return { tenantId, projectId, repositoryUrl };
}
