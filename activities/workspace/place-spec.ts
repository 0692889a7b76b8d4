import type { ProjectPlan } from '../../config/project-file.ts';
import type { ProjectRow } from '../../db/projects.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import type { ExecutorSpec, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { PreparedRun } from '../../workspace/gateway/git/port.ts';
import type { WorkspaceSpec } from '../../workspace/port.ts';
import type { HostSettings } from './dependencies.ts';
import { projectEgress } from './egress.ts';
import type { Session } from './start-decisions.ts';
import type { StepWriter } from './step-events.ts';

/** Whose a place is; `requestId` is null for one that is made for the first run of any request of its project. */
export type PlaceOwner = Pick<RunInput['request'], 'tenantId' | 'baseBranch' | 'model'> & { requestId: string | null };

/** What a new workspace is made of. */
export interface PlaceRecipe {
  workspaceId: string;
  runId: string;
  attempt: number;
  purpose: 'agent' | 'checks' | 'review';
  request: PlaceOwner;
  project: ProjectRow;
  prepared: PreparedRun;
  /** Where finalising and saves start. */
  baseCommit: string;
  executor: ExecutorSpec;
  session: Session | null;
  setup: string | null;
  /** The project's; null: the installation's. */
  image: string | null;
  services: ProjectPlan['services'];
}

/** The same, with who is told of the steps of making it. */
export interface PlaceInput extends PlaceRecipe {
  steps: StepWriter;
}

type SpecSettings = Pick<HostSettings, 'limits' | 'maxFileBytes' | 'saveEveryMs' | 'model' | 'modelPlace'>;

/** What a provisioner is asked for. Pure. */
export function specOf(
  settings: SpecSettings,
  input: PlaceRecipe,
  given: { runToken: string; snapshot: SupervisorJob['snapshot'] },
): WorkspaceSpec {
  const { image, services } = input;
  return { job: jobOf(settings, input, given.snapshot), runToken: given.runToken, services, ...(image === null ? {} : { image }) };
}

function jobOf(settings: SpecSettings, input: PlaceRecipe, snapshot: SupervisorJob['snapshot']): SupervisorJob {
  const { workspaceId, runId, executor, prepared, baseCommit, session, setup } = input;
  const { limits, maxFileBytes, saveEveryMs, modelPlace } = settings;
  return {
    workspaceId,
    runId,
    executor,
    checkout: { ref: prepared.ref, commit: prepared.startCommit, baseCommit },
    session,
    setup,
    snapshot,
    saveEveryMs,
    limits,
    maxFileBytes,
    model: modelOf(settings, input.request, input.project),
    modelPlace,
  };
}

/** The model of a request: its own, its project's, or the installation's. */
export function modelOf(settings: Pick<HostSettings, 'model'>, request: Pick<PlaceOwner, 'model'>, project: ProjectRow): string {
  return request.model ?? project.settings.model ?? settings.model;
}

/** What a place may reach. */
export function egressOf(settings: Pick<HostSettings, 'egressAllow'>, project: ProjectRow): string[] {
  return projectEgress(settings.egressAllow, project.settings.egress);
}
