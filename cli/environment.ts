import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { statePaths } from '../config/paths.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';

/** The variables that the command line itself reads (docs/cli.md); those of the system are in docs/config.md. */
export const CliEnvironment = z.object({
  ASTRAFORGE_URL: z.url({ protocol: /^https?$/ }).optional(),
  ASTRAFORGE_TOKEN: z.string().min(1).optional(),
  STATE_DIR: z.string().min(1).default('.astraforge'),
  NO_COLOR: z.string().optional(),
  TERM: z.string().optional(),
});
export type CliEnvironment = z.infer<typeof CliEnvironment>;

/** Reads the environment; empty counts as unset. DomainError `usage` names every wrong variable. */
export function readCliEnvironment(env: Readonly<Record<string, string | undefined>>): CliEnvironment {
  const parsed = CliEnvironment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (parsed.success) return parsed.data;
  throw usageError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

/** A mistake on the command line: exit code 2. */
export function usageError(message: string): DomainError {
  return new DomainError('permanent', 'usage', message);
}

export interface ConnectOptions {
  url?: string;
  token?: string;
  stateDir?: string;
}

export interface Address {
  url: string;
  token: string;
}

const portsFile = z.object({ api: z.number().int().min(1).max(65_535) });

/**
 * Where the system is and with what to sign in: options, else environment, else the state folder of the system on this
 * machine. DomainError `not-running` when none of them says.
 */
export async function findAddress(options: ConnectOptions, env: CliEnvironment): Promise<Address> {
  const url = options.url ?? env.ASTRAFORGE_URL;
  const token = options.token ?? env.ASTRAFORGE_TOKEN;
  if (url && token) return { url: trimUrl(url), token };

  const stateDir = options.stateDir ?? env.STATE_DIR;
  const paths = statePaths(stateDir);
  return {
    url: url ? trimUrl(url) : `http://127.0.0.1:${await readPort(paths.portsFile, stateDir)}`,
    token: token ?? (await readToken(join(paths.keys, 'startup-token'), stateDir)),
  };
}

function trimUrl(url: string): string {
  return url.replace(/\/+$/, '');
}

async function readPort(file: string, stateDir: string): Promise<number> {
  try {
    return portsFile.parse(JSON.parse(await readFile(file, 'utf8'))).api;
  } catch (error) {
    throw notRunning(stateDir, error);
  }
}

async function readToken(file: string, stateDir: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw notRunning(stateDir, error);
  }
}

function notRunning(stateDir: string, cause: unknown): DomainError {
  return new DomainError(
    'transient',
    'not-running',
    `no system was found in ${stateDir} (${messageOf(cause)}): start one with "npm start", or name one with --url and --token`,
    { cause },
  );
}
