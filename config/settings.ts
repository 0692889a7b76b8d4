import { z } from 'zod';
import { onlyGateway } from './paths.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().positive();
const nonNegative = z.coerce.number().int().nonnegative();
const path = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const hostAndPort = z.string().regex(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/, 'must be host:port');
const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const hostId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and -');
const gatewayId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and -');
const gatewayUrl = z.union([z.string().regex(/^unix:\/.+/), httpUrl], { error: 'must be unix:/path or an http(s) URL' });

/** One setting of the reference: its schema carries type, default and description. */
const serving = {
  STATE_DIR: path
    .default('.astraforge')
    .describe('Folder that holds everything a laptop installation keeps: databases, mirrors, keys, logs.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the API listens on. Loopback unless told otherwise.'),
  PORT: port
    .optional()
    .describe(
      'Port of the API. Unset: 8080, or the next free one when that is taken, kept in the state folder. A port that is set and taken is an error.',
    ),
  PUBLIC_URL: httpUrl.optional().describe('How browsers reach the API, for links and the Origin check. Unset: derived from HOST and PORT.'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severe level that is logged.'),
  EXTRA_HOSTS: commaList.prefault('').describe('Further host names that the API accepts in Host and Origin, comma separated.'),
};

const temporal = {
  TEMPORAL_ADDRESS: hostAndPort.optional().describe('host:port of a Temporal frontend. Unset: an embedded server is started.'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Namespace of every workflow.'),
  TEMPORAL_API_KEY: z.string().min(1).optional().describe('API key of Temporal Cloud; implies TLS.'),
  TEMPORAL_TLS_CA_FILE: path.optional().describe('PEM file of the authority that signed the server certificate.'),
  TEMPORAL_TLS_CERT_FILE: path.optional().describe('PEM file of the client certificate (mTLS).'),
  TEMPORAL_TLS_KEY_FILE: path.optional().describe("PEM file of the client certificate's key."),
  TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .describe('Name expected in the server certificate, when it differs from the address.'),
  TEMPORAL_UI_PORT: port.optional().describe('Port of the embedded Temporal Web. Unset: 8233 or the next free one.'),
  TEMPORAL_UI_URL: httpUrl.optional().describe('Where Temporal Web is, for links.'),
};

const database = {
  DATABASE_URL: postgresUrl.optional().describe('Postgres, pooled or not. Unset: an embedded server is started.'),
  DATABASE_DIRECT_URL: postgresUrl
    .optional()
    .describe('Postgres without a transaction pooler, for LISTEN and migrations. Unset: DATABASE_URL.'),
};

const gateway = {
  GATEWAY_ID: gatewayId
    .default(onlyGateway)
    .describe(
      'Name of a gateway beside others of the installation; lasting, since work is shared out by it. Sockets that are not set are named by it.',
    ),
  GATEWAY_SERVICE_URL: gatewayUrl
    .optional()
    .describe(
      'Service door of the gateway (`unix:/path` or http URL). The gateway listens there. The control plane calls a socket while no gateway is known, and a URL before what any gateway says of itself. Unset: a socket in STATE_DIR.',
    ),
  GATEWAY_DOOR_SOCKET: path
    .optional()
    .describe(
      'Unix socket that workspaces reach the gateway by; those of all gateways of a machine are in one folder. Unset: in STATE_DIR.',
    ),
  EGRESS_ALLOW: commaList
    .prefault('registries')
    .describe(
      'Domains that workspaces may reach by CONNECT, comma separated; `registries` stands for the package registries, `*.example.com` for subdomains.',
    ),
};

const model = {
  OPENAI_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Key of the model provider. Neither it nor LLM_UPSTREAM_URL set: a scripted demo model that says so.'),
  LLM_UPSTREAM_URL: httpUrl.optional().describe('OpenAI-compatible base URL ending in /v1. Unset with a key: OpenAI.'),
  CODEX_WORKSPACE_PROXY_URL: z
    .union([z.literal('local'), httpUrl], { error: 'must be `local` or an http(s) URL' })
    .optional()
    .describe('Upstream of the gateway with the path unchanged; `local` starts the demo model inside the workspace.'),
  MODEL: z.string().min(1).default('gpt-5.5').describe('Model of requests that name none.'),
  MODEL_ALLOWLIST: commaList.prefault('').describe('Models that a workspace may call, comma separated. Empty: MODEL only. `*`: any.'),
  LLM_TIMEOUT_MS: positive.default(600_000).describe('Longest silence of the upstream during a model call, in ms.'),
};

const agent = {
  EXECUTOR: z.enum(['codex', 'command']).default('codex').describe('Which agent drives a request that does not say.'),
  EXECUTOR_COMMAND: z
    .string()
    .min(1)
    .optional()
    .describe('Shell command of the `command` executor: reads the prompt on stdin and edits files.'),
  PROVISIONER: z
    .enum(['auto', 'local', 'docker', 'kubernetes'])
    .default('auto')
    .describe(
      'What makes workspaces: `docker` containers, `kubernetes` Pods, `local` bubblewrap sandboxes, `auto` for Docker where its daemon answers and isolates, and always where DOCKER_HOST is no `unix:` socket, unless UNSAFE_PLAIN.',
    ),
  DOCKER_HOST: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Docker daemon: `unix:///path` of this machine, or `tcp://host:port` of any, which then needs DOCKER_CERT_PATH but on loopback. Unset: the usual socket.',
    ),
  DOCKER_CERT_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of ca.pem, cert.pem and key.pem for a `tcp://` DOCKER_HOST: both sides show a certificate, and both are verified.'),
  DOCKER_TLS_VERIFY: z
    .string()
    .min(1)
    .optional()
    .describe('Set to anything: certificates lie in ~/.docker where DOCKER_CERT_PATH is unset.'),
  WORKSPACE_IMAGE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Image of Docker and Kubernetes workspaces; needs git, and Node and Codex where ours has them. Unset: `astraforge/codex-cli`, which Docker builds when it is not there; for Kubernetes the nodes must have it.',
    ),
  KUBECONFIG: z
    .string()
    .min(1)
    .optional()
    .describe('Access to the cluster for PROVISIONER=kubernetes. Unset: ~/.kube/config, else that of the Pod it runs in.'),
  KUBERNETES_NAMESPACE: z
    .string()
    .min(1)
    .default('astraforge-workspaces')
    .describe('Namespace of the Pods, with the role of deploy/kubernetes/rbac.yaml and Pod Security `restricted`.'),
  KUBERNETES_RUNTIME_CLASS: z
    .string()
    .min(1)
    .optional()
    .describe('RuntimeClass of the Pods, for example of gVisor or Kata. Unset: the default of the cluster.'),
  KUBERNETES_DEADLINE_SECONDS: positive.default(86_400).describe('Longest life of a Pod, in seconds; the cluster ends it then.'),
  UNSAFE_PLAIN: z
    .stringbool()
    .default(false)
    .describe('Run agents without any isolation where bubblewrap cannot work. Anything they do, they do as you.'),
  HOST_ID: hostId.default('local').describe("Name of this machine's host process; lasting, since workspaces are found by it."),
  TENANT_SLOTS: positive.default(4).describe('Runs that one tenant may have at the same time.'),
  GIT_AUTHOR_NAME: z
    .string()
    .min(1)
    .default('AstraForge')
    .describe('Committer of published commits, and author when the requester has no name.'),
  GIT_AUTHOR_EMAIL: z.string().min(1).default('astraforge@localhost').describe('Address that goes with it.'),
};

const limits = {
  WORKSPACE_MEMORY_BYTES: positive.default(4 * 1024 ** 3).describe('Memory of one workspace.'),
  WORKSPACE_DISK_BYTES: positive.default(8 * 1024 ** 3).describe('Disk of one workspace.'),
  WORKSPACE_CPUS: z.coerce
    .number()
    .positive()
    .default(2)
    .describe('Processors of one Docker or Kubernetes workspace, with Docker at most those there are.'),
  WORKSPACE_PROCESSES: positive.default(512).describe('Processes and threads of one workspace.'),
  WORKSPACE_OUTPUT_BYTES: positive.default(64 * 1024 ** 2).describe('Most that one attempt may write into its event file.'),
  MAX_FILE_BYTES: positive.default(20 * 1024 ** 2).describe('Files above this size are left out of a checkpoint and named.'),
  MAX_PUSH_BYTES: positive.default(2 * 1024 ** 3).describe('Most that one checkpoint or save may send to the gateway.'),
  SETUP_SNAPSHOT_BYTES: nonNegative
    .default(2 * 1024 ** 3)
    .describe('Most that a setup may make, in the checkout and in HOME, to be kept for the next workspace; 0: every workspace runs it.'),
  SETUP_SNAPSHOTS_BYTES: positive
    .default(20 * 1024 ** 3)
    .describe('All that setups made and that is kept; what was unused for longest goes first.'),
  SAVE_EVERY_MS: positive.default(300_000).describe('Time between two saves within a turn.'),
  IDLE_WORKSPACE_MS: positive.default(600_000).describe('How long a workspace is kept after a turn for the next message.'),
  // The run token is as old as the workspace, and lasts a day.
  WARM_WORKSPACE_MS: positive
    .max(6 * 3_600_000)
    .default(3_600_000)
    .describe('How long a workspace that a project keeps ready waits for a first run, before it is made anew; six hours at most.'),
  WARM_WORKSPACES_MAX: nonNegative.default(4).describe('How many of them a host holds at most, of all its projects; 0: none.'),
  PLACE_PATIENCE_MS: positive
    .default(300_000)
    .describe('How long a run waits for a Docker daemon, an API server or a node of its cluster that went away in the middle of its turn.'),
};

/** Every setting by group, in the order of the reference. */
export const settingGroups = {
  Serving: serving,
  Temporal: temporal,
  Database: database,
  Gateway: gateway,
  Model: model,
  Agent: agent,
  Limits: limits,
} as const;

/** Settings that may also come from the file named by `<NAME>_FILE`, and that the redactor masks. */
export const secretSettings = [
  'TEMPORAL_API_KEY',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'OPENAI_API_KEY',
  'LLM_UPSTREAM_URL',
  'CODEX_WORKSPACE_PROXY_URL',
] as const;

/** All settings as one schema; keys are the names of the environment variables. */
export const settingsSchema = z.object({ ...serving, ...temporal, ...database, ...gateway, ...model, ...agent, ...limits });
