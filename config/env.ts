import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import { type StatePaths, statePaths } from './paths.ts';
import { registerSecret } from './redaction.ts';
import { secretSettings, settingsSchema } from './settings.ts';

type Settings = z.infer<typeof settingsSchema>;

/** The validated environment. Keys are the names of the variables (docs/config.md); what can be derived is filled in. */
export interface Config extends Settings {
  STATE_DIR: string;
  PORT: number;
  PUBLIC_URL: string;
  GATEWAY_SERVICE_URL: string;
  GATEWAY_DOOR_SOCKET: string;
  /** True when PORT was asked for: a taken one is then an error, never avoided. */
  portIsExplicit: boolean;
  paths: StatePaths;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const defaultPort = 8080;

/**
 * Reads and validates the environment (`process.env` when none is given: the only place that does). Empty counts as
 * unset. DomainError `config-invalid` names every problem at once; secrets are registered with the redactor.
 */
export function loadConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const values = collect(env, problems);
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`);
  problems.push(...contradictions(values));
  if (!parsed.success || problems.length > 0) throw invalid(problems);
  for (const name of secretSettings) registerSecretSetting(name, parsed.data[name]);
  return derive(parsed.data);
}

/** The environment of this process, for composition roots that hand it on to children. */
export function processEnvironment(): Environment {
  return process.env;
}

/** The named settings as strings that are there; DomainError `config-missing` lists those that are not. */
export function required<const N extends keyof Config>(config: Config, ...names: N[]): { [K in N]: NonNullable<Config[K]> } {
  const missing = names.filter((name) => config[name] === undefined);
  if (missing.length > 0) {
    throw new DomainError('permanent', 'config-missing', `config: ${missing.join(', ')} must be set for this process; see docs/config.md`, {
      details: { missing },
    });
  }
  return Object.fromEntries(names.map((name) => [name, config[name]])) as { [K in N]: NonNullable<Config[K]> };
}

function collect(env: Environment, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const value = env[name]?.trim();
    if (value) values[name] = value;
  }
  for (const name of secretSettings) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (values[name] !== undefined) {
      problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
      continue;
    }
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text === '') problems.push(`${name}_FILE: ${file} is empty`);
      else values[name] = text;
    } catch (error) {
      problems.push(`${name}_FILE: cannot be read (${messageOf(error)})`);
    }
  }
  return values;
}

function contradictions(settings: Record<string, string>): string[] {
  const problems: string[] = [];
  if (settings['EXECUTOR'] === 'command' && !settings['EXECUTOR_COMMAND'])
    problems.push('EXECUTOR_COMMAND: is needed when EXECUTOR is command');
  if (Boolean(settings['TEMPORAL_TLS_CERT_FILE']) !== Boolean(settings['TEMPORAL_TLS_KEY_FILE'])) {
    problems.push('TEMPORAL_TLS_CERT_FILE: is set together with TEMPORAL_TLS_KEY_FILE or not at all');
  }
  if (settings['DATABASE_DIRECT_URL'] && !settings['DATABASE_URL'])
    problems.push('DATABASE_URL: is needed when DATABASE_DIRECT_URL is set');
  return problems;
}

function invalid(problems: string[]): DomainError {
  const lines = problems.map((problem) => `  - ${problem}`).join('\n');
  return new DomainError(
    'permanent',
    'config-invalid',
    `config: the environment has ${problems.length} problem(s); see docs/config.md\n${lines}`,
    {
      details: { problems },
    },
  );
}

/** A URL is not secret as a whole: only its password is. A key may look like one by a colon in it. */
function registerSecretSetting(name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (!name.endsWith('_URL')) return registerSecret(value);
  if (!URL.canParse(value)) return;
  const { password } = new URL(value);
  registerSecret(password);
  registerSecret(decoded(password));
}

/** As it was meant; as it stands where a stray percent sign is meant as one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function derive(settings: Settings): Config {
  const paths = statePaths(resolve(settings.STATE_DIR));
  const portNumber = settings.PORT ?? defaultPort;
  const sockets = paths.socketsOf(settings.GATEWAY_ID);
  return {
    ...settings,
    STATE_DIR: paths.root,
    PORT: portNumber,
    portIsExplicit: settings.PORT !== undefined,
    PUBLIC_URL: (settings.PUBLIC_URL ?? `http://${linkHost(settings.HOST)}:${portNumber}`).replace(/\/+$/, ''),
    DATABASE_DIRECT_URL: settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL,
    GATEWAY_SERVICE_URL: settings.GATEWAY_SERVICE_URL ?? `unix:${sockets.service}`,
    GATEWAY_DOOR_SOCKET: settings.GATEWAY_DOOR_SOCKET ?? sockets.door,
    paths,
  };
}

/** An address that a link can name: a wildcard is not one. */
function linkHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
