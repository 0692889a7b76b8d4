import { z } from 'zod';
import { ProjectSecretName } from '../../workflows/contracts/project-secret.ts';
import { limits } from '../limits.ts';
import { Id, isStorable } from './common.ts';

/** A project's secret as people see it. Its value is never answered. */
export const ProjectSecretInfo = z
  .object({ name: z.string(), changedBy: z.string(), changedAtMs: z.number() })
  .meta({ id: 'ProjectSecretInfo' });
export type ProjectSecretInfo = z.infer<typeof ProjectSecretInfo>;

export const ProjectSecretList = z.object({ items: z.array(ProjectSecretInfo) }).meta({ id: 'ProjectSecretList' });
export const ProjectSecretParams = z.object({ projectId: Id, name: ProjectSecretName });

const { secretBytesMin, secretBytesMax } = limits;

/** Messages never repeat the value. */
export const ProjectSecretPut = z
  .object({
    value: z
      .string()
      .min(secretBytesMin, `a secret has at least ${secretBytesMin} characters: a shorter one could not be masked`)
      .refine((value) => Buffer.byteLength(value) <= secretBytesMax, `a secret has at most ${secretBytesMax / 1024} KiB`)
      .refine(isStorable, 'holds a NUL character or a broken surrogate pair, which no environment variable can')
      .refine((value) => value.trim().length >= secretBytesMin, 'is blank but for a few characters'),
  })
  .meta({ id: 'ProjectSecretPut' });

export const ProjectSecretDeleted = z.object({ name: z.string() }).meta({ id: 'ProjectSecretDeleted' });
