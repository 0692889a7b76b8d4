import type { Config, Environment } from '../../config/env.ts';
import { supervisedVariable } from '../../config/exit-with-parent.ts';
import { secretSettings, settingsSchema } from '../../config/settings.ts';

export type ProcessName = 'gateway' | 'laptop' | 'worker' | 'host' | 'api';

type SecretSetting = (typeof secretSettings)[number];

/** One of our processes: what it runs and which secrets it needs. The compose file is tested against this. */
export interface ProcessDefinition {
  name: ProcessName;
  /** Arguments of node, from the root of the installation. */
  main: string;
  /** Secrets it is given; settings that are not secret go to every process. */
  secrets: readonly SecretSetting[];
  /** Where `GET /healthz` is asked; null: nowhere. */
  health: 'service' | 'api' | null;
  /** It says over the IPC channel when it is ready. */
  reports: boolean;
  /** Time for a graceful end, in ms. */
  stopGraceMs: number;
}

const database = ['DATABASE_URL', 'DATABASE_DIRECT_URL'] as const;

export const processDefinitions: Readonly<Record<ProcessName, ProcessDefinition>> = {
  gateway: {
    name: 'gateway',
    main: 'workspace/gateway/main.ts',
    secrets: [...database, 'OPENAI_API_KEY', 'LLM_UPSTREAM_URL', 'CODEX_WORKSPACE_PROXY_URL'],
    health: 'service',
    reports: false,
    stopGraceMs: 10_000,
  },
  laptop: {
    name: 'laptop',
    main: 'activities/laptop.ts',
    secrets: [...database, 'TEMPORAL_API_KEY'],
    health: null,
    reports: true,
    stopGraceMs: 30_000,
  },
  worker: {
    name: 'worker',
    main: 'activities/worker.ts',
    secrets: [...database, 'TEMPORAL_API_KEY'],
    health: null,
    reports: true,
    stopGraceMs: 30_000,
  },
  host: {
    name: 'host',
    main: 'activities/host.ts',
    secrets: [...database, 'TEMPORAL_API_KEY'],
    health: null,
    reports: true,
    stopGraceMs: 30_000,
  },
  api: {
    name: 'api',
    main: 'api/main.ts',
    secrets: [...database, 'TEMPORAL_API_KEY'],
    health: 'api',
    // Somebody else's server may answer on its port.
    reports: true,
    stopGraceMs: 10_000,
  },
};

/** What runs on a laptop, in the order of the start. */
export const laptopProcesses: readonly ProcessName[] = ['gateway', 'laptop', 'api'];

/** Variables of the system that programs need to work at all, none of which is a setting of ours. */
const systemVariables = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SSH_AUTH_SOCK', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['XDG_RUNTIME_DIR', 'XDG_CACHE_HOME', 'DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'KUBECONFIG'],
];

/** What the supervisor found out or started: replaces what the environment says. */
export type Wiring = Partial<
  Record<
    'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'TEMPORAL_ADDRESS' | 'TEMPORAL_UI_URL' | 'PORT' | 'PUBLIC_URL' | 'STATE_DIR' | 'PROVISIONER',
    string
  >
>;

/**
 * The environment of one process: variables of the system, settings, its own secrets (or their `_FILE`) and no other, the wiring,
 * then `extra` as it is.
 */
export function processEnvironmentOf(
  definition: ProcessDefinition,
  input: { env: Environment; wiring: Wiring; extra?: Readonly<Record<string, string>> },
): Record<string, string> {
  const result: Record<string, string> = {};
  const take = (name: string) => {
    const value = input.env[name];
    if (value) result[name] = value;
  };
  systemVariables.forEach(take);
  for (const name of Object.keys(settingsSchema.shape)) if (!isSecret(name)) take(name);
  for (const name of definition.secrets) {
    take(name);
    take(`${name}_FILE`);
  }
  // A word, not a credential: the host starts the demo model inside the workspace.
  if (input.env['CODEX_WORKSPACE_PROXY_URL'] === 'local') take('CODEX_WORKSPACE_PROXY_URL');
  for (const [name, value] of Object.entries(input.wiring)) {
    if (isSecret(name) && !(definition.secrets as readonly string[]).includes(name)) continue;
    result[name] = value;
    delete result[`${name}_FILE`];
  }
  return { ...result, ...input.extra, NODE_ENV: 'production', [supervisedVariable]: '1' };
}

/** Where a process answers `GET /healthz`; null for one that does not. */
export function healthAddress(definition: ProcessDefinition, config: Config): string | null {
  if (definition.health === null) return null;
  if (definition.health === 'service') return config.GATEWAY_SERVICE_URL;
  return `http://${config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST}:${config.PORT}`;
}

function isSecret(name: string): boolean {
  return (secretSettings as readonly string[]).includes(name);
}
