import { z } from 'zod';

/** Names that steer how a program is started or found, or that a check's environment has already: a secret cannot take them. */
const reserved = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TMPDIR|TEMP|TMP|TERM|LANG|CI|IFS|ENV|BASH_ENV|CDPATH|HOSTNAME|_)$/,
  /^(?:HTTP|HTTPS|NO|ALL)_PROXY$/,
  /^NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS)$/,
  /^(?:ASTRAFORGE|GIT|LD|DYLD|LC)_/,
];

/** Whether no secret may have this name. Pure. */
function isReservedSecretName(name: string): boolean {
  return reserved.some((pattern) => pattern.test(name));
}

/** Name of a project's secret: the environment variable that the project's checks find its value in. */
export const ProjectSecretName = z
  .string()
  .max(100)
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'a secret is named like an environment variable: capitals, digits and underscore, no digit first')
  .refine((name) => !isReservedSecretName(name), 'this name is reserved for the environment of checks; choose another one');

/** A secret in clear. Only on its way from the gateway to the supervisor of a place for checks. */
export const ProjectSecret = z.object({ name: z.string(), value: z.string() });
export type ProjectSecret = z.infer<typeof ProjectSecret>;

/** Path of the gateway's door that answers a place for checks, and the shape of its answer. */
export const checkSecretsPath = '/secrets/checks';
export const CheckSecrets = z.object({ secrets: z.array(ProjectSecret) });
