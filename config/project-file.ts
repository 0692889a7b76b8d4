import { parse } from 'yaml';
import { z } from 'zod';
import { hasPublicRegistry, ImageReference } from './image-reference.ts';
import { ProjectServices } from './project-services.ts';
import type { ProjectService } from './project-services.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';

/** Name of the project's own file on its base branch. */
export const projectFileName = '.astraforge.yml';

const maxFileChars = 64 * 1024;
/** What only a project's owner may set, so that nobody loosens it with a commit. */
const ownersOnly = ['gates', 'gate', 'secrets', 'secret', 'approvals', 'roles', 'egress'];

const command = z.string().trim().min(1).max(8_000);
const Check = z.union([
  command.transform((value) => ({ name: value.slice(0, 80), command: value })),
  z.strictObject({ name: z.string().trim().min(1).max(80), command }),
]);

/** `.astraforge.yml`: image, setup, checks and services of a project; unknown fields are errors. */
export const ProjectFile = z.strictObject({
  image: ImageReference.nullable().default(null),
  setup: z
    .union([
      command,
      z
        .array(command)
        .max(50)
        .transform((lines) => lines.join(' && ')),
    ])
    .nullable()
    .default(null),
  checks: z.array(Check).max(50).default([]),
  services: ProjectServices.default([]),
});
export type ProjectFile = z.infer<typeof ProjectFile>;

/** Parses the file's text; null for a project without one. DomainError `project-file-invalid` names every field. */
export function parseProjectFile(text: string | null): ProjectFile | null {
  if (text === null) return null;
  if (text.length > maxFileChars) throw invalid(`it is larger than ${maxFileChars} characters`, []);
  const value = parseYaml(text);
  if (value === null || value === undefined) return ProjectFile.parse({});
  refuseOwnersFields(value);
  const parsed = ProjectFile.safeParse(value);
  if (parsed.success) {
    refuseDuplicateChecks(parsed.data);
    refuseNearRegistries(parsed.data);
    return parsed.data;
  }
  const fields = parsed.error.issues.map((issue) => ({ field: issue.path.join('.') || '(file)', problem: issue.message }));
  throw invalid(fields.map(({ field, problem }) => `${field}: ${problem}`).join('; '), fields);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 20 });
  } catch (error) {
    throw invalid(`it is not YAML: ${messageOf(error).split('\n')[0]}`, [], error);
  }
}

function refuseOwnersFields(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const found = Object.keys(value).filter((key) => ownersOnly.includes(key.toLowerCase()));
  if (found.length === 0) return;
  const problem = 'only the project settings may set this, not a file of the repository';
  throw invalid(
    found.map((field) => `${field}: ${problem}`).join('; '),
    found.map((field) => ({ field, problem })),
  );
}

function refuseDuplicateChecks(file: ProjectFile): void {
  const names = file.checks.map((check) => check.name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice === undefined) return;
  const problem = `two checks are named ${JSON.stringify(twice)}`;
  throw invalid(`checks: ${problem}`, [{ field: 'checks', problem }]);
}

/** Whoever may write to the repository may not have the host ask its own network. */
function refuseNearRegistries(file: ProjectFile): void {
  const images = [['image', file.image] as const, ...file.services.map(({ image }, at) => [`services.${at}.image`, image] as const)];
  const near = images.filter(([, image]) => image !== null && !hasPublicRegistry(image));
  if (near.length === 0) return;
  const problem = 'only the project settings may name a registry by an address of this machine or of a private network';
  throw invalid(
    near.map(([field]) => `${field}: ${problem}`).join('; '),
    near.map(([field]) => ({ field, problem })),
  );
}

function invalid(reason: string, fields: { field: string; problem: string }[], cause?: unknown): DomainError {
  return new DomainError(
    'permanent',
    'project-file-invalid',
    `reading the project: ${projectFileName} of the base branch is broken: ${reason}; mend the file and retry`,
    { cause, details: { fields } },
  );
}

interface ProjectOwnSettings {
  image?: string | null;
  services?: ProjectService[];
  setup: string | null;
  checks: { name: string; command: string }[];
}

/** What a workspace is prepared with: the file's words win over the project's settings, check by check name; its services stand for all. */
export interface ProjectPlan {
  image: string | null;
  setup: string | null;
  checks: { name: string; command: string }[];
  services: ProjectService[];
}

/** Merges the file over the settings: a check of the same name is replaced, the others stay; services of the file come instead of those of the settings. */
export function mergeProject(settings: ProjectOwnSettings, file: ProjectFile | null): ProjectPlan {
  const image = file?.image ?? settings.image ?? null;
  const services = settings.services ?? [];
  if (file === null) return { image, setup: settings.setup, checks: settings.checks, services };
  const named = new Set(file.checks.map((check) => check.name));
  return {
    image,
    setup: file.setup ?? settings.setup,
    checks: [...settings.checks.filter((check) => !named.has(check.name)), ...file.checks],
    services: file.services.length > 0 ? file.services : services,
  };
}
