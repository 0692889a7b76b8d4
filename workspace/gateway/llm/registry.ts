import { DomainError } from '../../../workflows/contracts/errors.ts';
import { createDemoUpstream } from './demo-upstream.ts';
import { createHttpUpstream } from './http-upstream.ts';
import type { LlmTimeouts, Upstream } from './upstream.ts';

/** What an upstream is made from. Secrets stay inside the upstream. */
export interface UpstreamSettings {
  apiKey: string | null;
  upstreamUrl: string | null;
  /** A URL, or `local` for the demo model inside the workspace. */
  proxyUrl: string | null;
  timeouts: LlmTimeouts;
}

const openAiUrl = 'https://api.openai.com/v1';

/** Upstreams by name. */
const upstreams = new Map<string, (settings: UpstreamSettings) => Upstream>([
  ['demo', () => createDemoUpstream()],
  ['openai', ({ apiKey, timeouts }) => createHttpUpstream({ name: 'openai', baseUrl: openAiUrl, apiKey, timeouts })],
  ['url', ({ apiKey, upstreamUrl, timeouts }) => createHttpUpstream({ name: 'url', baseUrl: upstreamUrl ?? '', apiKey, timeouts })],
  ['proxy', ({ apiKey, proxyUrl, timeouts }) => createHttpUpstream({ name: 'proxy', baseUrl: proxyUrl ?? '', apiKey, timeouts })],
]);

/** Which upstream the settings ask for: CODEX_WORKSPACE_PROXY_URL, LLM_UPSTREAM_URL, OPENAI_API_KEY, else the demo. */
export function upstreamName(settings: UpstreamSettings): string {
  if (settings.proxyUrl === 'local') return 'demo';
  if (settings.proxyUrl !== null) return 'proxy';
  if (settings.upstreamUrl !== null) return 'url';
  return settings.apiKey === null ? 'demo' : 'openai';
}

/** Makes an upstream by name; DomainError `upstream-unknown` lists the valid names. */
export function createUpstream(name: string, settings: UpstreamSettings): Upstream {
  const make = upstreams.get(name);
  if (make) return make(settings);
  throw new DomainError(
    'permanent',
    'upstream-unknown',
    `There is no model upstream "${name}". Known: ${[...upstreams.keys()].join(', ')}.`,
  );
}
