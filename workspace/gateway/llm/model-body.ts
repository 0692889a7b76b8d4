import { z } from 'zod';
import type { Refusal } from './refusal.ts';

/** Tools that run where the agent is. All others run at the provider, with its network and our key. */
const ownTools: ReadonlySet<string> = new Set(['function', 'custom', 'namespace', 'local_shell', 'tool_search']);
const deepest = 12;

const Body = z.looseObject({
  tools: z.array(z.looseObject({ type: z.string(), external_web_access: z.unknown().optional() })).optional(),
  background: z.unknown().optional(),
  input: z.unknown().optional(),
});

/**
 * Whether a model call would have the provider reach for the internet, which is no way around the allowlist: by a tool of its own, or
 * by an address of an image or a file that it would fetch. Null when not. Pure.
 */
export function refuseModelBody(body: object): Refusal | null {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return refusal(`it is malformed: ${z.prettifyError(parsed.error)}`);
  const { tools = [], background, input } = parsed.data;
  const foreign = tools.find(
    ({ type, external_web_access: reaches }) => !ownTools.has(type) && !(type === 'web_search' && reaches === false),
  );
  if (foreign) return refusal(`its tool "${foreign.type.slice(0, 60)}" works at the provider, with the provider's network`);
  if (background) return refusal('it is to go on in the background');
  return fetchesSomething(input, 0) ? refusal('it names an image or a file by an address that the provider would fetch') : null;
}

function refusal(why: string): Refusal {
  const message = `The gateway refused the model call: ${why}. Send what the model needs with the call itself.`;
  return { status: 400, code: 'model-call-not-allowed', message };
}

function fetchesSomething(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > deepest) return true;
  if (Array.isArray(value)) return value.some((item) => fetchesSomething(item, depth + 1));
  return Object.entries(value).some(([name, inner]) => {
    if (name === 'file_url') return inner !== null;
    if (name === 'image_url' && typeof inner === 'string') return !inner.startsWith('data:');
    if (name === 'url' && typeof inner === 'string' && !inner.startsWith('data:')) return isImageAddress(value);
    return fetchesSomething(inner, depth + 1);
  });
}

/** `{url, detail}`: how an image's address is written in an object of its own. */
function isImageAddress(value: object): boolean {
  return Object.keys(value).every((name) => name === 'url' || name === 'detail');
}
