import { z } from 'zod';
import { GateRule } from '../../workflows/contracts/request.ts';
import { ImageReference } from '../../config/image-reference.ts';
import { ProjectServices } from '../../config/project-services.ts';
import { limits } from '../limits.ts';
import { Id, PageQuery, pageOf, plainText } from './common.ts';

const dayMs = 24 * 60 * 60 * 1000;
const branch = plainText(250)
  .min(1)
  .regex(/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/, 'not a branch name');
const command = plainText(10_000).min(1);
const optionalName = plainText(200).min(1).nullable();

/** What a project's owner sets. The base branch's `.astraforge.yml` adds setup and checks, never gates. */
export const ProjectSettings = z
  .object({
    gates: z.object({ plan: GateRule, patch: GateRule }),
    planFirst: z.boolean(),
    review: z.boolean(),
    executor: optionalName,
    model: optionalName,
    effort: optionalName,
    /** Image of its Docker and Kubernetes workspaces, with git, and Node and Codex where ours has them; null or left out: the installation's. */
    image: ImageReference.nullable().optional(),
    /** Side containers of its Docker workspaces: each answers on a port of the workspace's loopback, and nobody else reaches it. */
    services: ProjectServices.optional(),
    setup: command.nullable(),
    checks: z.array(z.object({ name: plainText(100).min(1), command })).max(20),
    checkTimeoutMs: z.number().int().min(1000).max(dayMs),
    repairTurns: z.number().int().min(0).max(5),
    wallClockMs: z
      .number()
      .int()
      .min(1000)
      .max(7 * dayMs),
    inactivityMs: z
      .number()
      .int()
      .min(1000)
      .max(7 * dayMs),
    gateExpiryMs: z
      .number()
      .int()
      .min(1000)
      .max(365 * dayMs)
      .nullable(),
    egress: z.object({ presets: z.array(plainText(100)).max(20), allow: z.array(plainText(260)).max(200) }),
    /** Repositories of the same forge that a run may read as submodules; relative to the repository's own address, or absolute. */
    submodules: z.array(plainText(2000).min(1)).max(50).optional(),
    /** Most tokens that the model calls of one request may use, input and output together; null or not there: any number. */
    tokenBudget: z.number().int().min(0).max(1e12).nullable().optional(),
    /** How many workspaces each host keeps ready for first runs; none when it is not there. */
    warmWorkspaces: z.number().int().min(0).max(5).optional(),
    signOff: z.boolean(),
    signingKeyFile: plainText(1000).min(1).nullable(),
  })
  .meta({ id: 'ProjectSettings' });
export type ProjectSettings = z.infer<typeof ProjectSettings>;

const everyone: GateRule = { required: 1, roles: ['admin', 'maintainer', 'reviewer'], requesterMayVote: true };

/** Prompt first: no plan, one approval of the patch, one repair turn when checks fail. */
export const defaultProjectSettings: ProjectSettings = {
  gates: { plan: everyone, patch: everyone },
  planFirst: false,
  review: true,
  executor: null,
  model: null,
  effort: null,
  setup: null,
  checks: [],
  checkTimeoutMs: 600_000,
  repairTurns: 1,
  wallClockMs: 3_600_000,
  inactivityMs: 600_000,
  gateExpiryMs: 30 * dayMs,
  egress: { presets: [], allow: [] },
  signOff: false,
  signingKeyFile: null,
};

export const ProjectSettingsPatch = ProjectSettings.partial()
  .extend({ gates: ProjectSettings.shape.gates.partial().optional(), egress: ProjectSettings.shape.egress.partial().optional() })
  .meta({ id: 'ProjectSettingsPatch' });
export type ProjectSettingsPatch = z.infer<typeof ProjectSettingsPatch>;

const projectName = plainText(100)
  .min(1)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'a project name holds letters, digits, dot, dash, slash and underscore only');

export const Project = z
  .object({
    projectId: z.string(),
    name: z.string(),
    forge: z.string(),
    repositoryKind: z.enum(['git', 'folder']),
    repositoryUrl: z.string(),
    defaultBranch: z.string(),
    settings: ProjectSettings,
    /** How many warm workspaces wait for it now, on all hosts. */
    warmReady: z.number().int(),
    createdAtMs: z.number(),
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;
export const ProjectPage = pageOf(Project).meta({ id: 'ProjectPage' });
export const ProjectQuery = PageQuery;

export const ProjectCreate = z
  .object({
    name: projectName,
    /** Clone URL, or an absolute path for the local forge. */
    repositoryUrl: plainText(2000).min(1),
    repositoryKind: z.enum(['git', 'folder']).default('git'),
    forge: plainText(100).min(1).default('local'),
    /** Default: what the repository's HEAD names. */
    defaultBranch: branch.optional(),
    settings: ProjectSettingsPatch.optional(),
  })
  .meta({ id: 'ProjectCreate' });
export type ProjectCreate = z.infer<typeof ProjectCreate>;

export const ProjectPatch = z
  .object({ defaultBranch: branch.optional(), settings: ProjectSettingsPatch.optional() })
  .meta({ id: 'ProjectPatch' });

export const ProjectTest = z
  .object({ projectId: z.string(), reachable: z.literal(true), defaultBranch: z.string(), branches: z.array(z.string()) })
  .meta({ id: 'ProjectTest' });

export const ProjectParams = z.object({ projectId: Id });
export const BranchName = branch;

/** Completion of paths: letters of `query` in order, anywhere in the path; the best first. */
export const FileListQuery = z.object({
  query: plainText(limits.searchLength).default(''),
  /** A branch; default: the project's. */
  ref: branch.optional(),
  limit: z.coerce.number().int().min(1).max(limits.filesMax).default(50),
});
export const FileList = z.object({ items: z.array(z.string()), more: z.boolean() }).meta({ id: 'FileList' });

/** Lays a partial change over settings; nested objects are merged one level deep. */
export function mergeSettings(settings: ProjectSettings, patch: ProjectSettingsPatch = {}): ProjectSettings {
  return ProjectSettings.parse({
    ...settings,
    ...patch,
    gates: { ...settings.gates, ...patch.gates },
    egress: { ...settings.egress, ...patch.egress },
  });
}
