/** What the agent's `config.toml` depends on. */
export interface CodexConfig {
  model: string;
  /** Base of the relay without `/v1`. */
  relayUrl: string;
}

/** CODEX_HOME, from the agent's home on. */
export const codexFolder = '.codex';

/** Name of the environment variable that holds the dummy key: the real one never enters a workspace. */
export const dummyKeyVariable = 'ASTRAFORGE_MODEL_KEY';

/**
 * `$CODEX_HOME/config.toml`. Approvals and Codex's own sandbox are off: the workspace is the boundary. What would reach for the
 * internet is off, also by way of the
 * model's provider. Retries are many, for a gateway that restarts in the middle of a turn.
 */
export function codexConfigToml({ model, relayUrl }: CodexConfig): string {
  return `model = ${JSON.stringify(model)}
model_provider = "astraforge-proxy"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
suppress_unstable_features_warning = true
web_search = "disabled"

[analytics]
enabled = false

[features]
plugins = false
default_mode_request_user_input = true

[otel]
exporter = "none"

[model_providers.astraforge-proxy]
name = "AstraForge"
base_url = ${JSON.stringify(`${relayUrl}/v1`)}
env_key = "${dummyKeyVariable}"
wire_api = "responses"
request_max_retries = 10
stream_max_retries = 20
`;
}

/** Allowed by name: each program of a plain list of commands; the shell around any script that Codex does not read as one. */
const allowedPrograms = ['rm', 'bash', 'sh', 'zsh'].flatMap((name) => [name, `/bin/${name}`, `/usr/bin/${name}`]);

/**
 * `$CODEX_HOME/rules/default.rules`. With approvals off Codex refuses every `rm -f` and tells nobody but the model; here an agent may
 * remove what it likes, the workspace is the boundary.
 */
export const codexRules = `prefix_rule(pattern=[${JSON.stringify(allowedPrograms)}], decision="allow")\n`;
