import { z } from 'zod';
import type { Refusal } from './refusal.ts';

/** Tools that run where the agent is. All others run at the provider, with its network and our key. */
const ownTools: ReadonlySet<string> = new Set(['function', 'custom', 'namespace', 'local_shell', 'tool_search']);
const codes = { quote: 0x22, comma: 0x2c, bracket: 0x5b, backslash: 0x5c, brace: 0x7b } as const;
/** What a call may go on from that a provider has stored. Codex sends the whole conversation with each call. */
const storedContexts = ['previous_response_id', 'conversation', 'prompt'] as const;
const mostTools = 1_000;
const deepest = 12;
/** Far more than a conversation that fills a model's window; so many cost some 50 MB to parse. */
const mostValues = 500_000;

/** The parts of a model call that the gateway reads; those that may be large are looked at one by one. */
const ModelBody = z.object({
  model: z.string().min(1).max(200),
  tools: z.unknown().optional(),
  background: z.unknown().optional(),
  previous_response_id: z.unknown().optional(),
  conversation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  input: z.unknown().optional(),
  max_output_tokens: z.unknown().optional(),
});
export type ModelBody = z.infer<typeof ModelBody>;

const Item = z.object({ type: z.unknown().optional(), role: z.unknown().optional() });
const Tool = z.object({ type: z.string(), external_web_access: z.unknown().optional() });

/** Reads a model call's body. What it costs, and what a refusal says, is bounded whatever an agent sends. Pure. */
export function readModelBody(bytes: Buffer): { body: ModelBody } | { refusal: Refusal } {
  if (hasMoreValues(bytes, mostValues)) return { refusal: malformed(`it holds more than ${mostValues} values`) };
  const parsed = ModelBody.safeParse(parseJson(bytes.toString('utf8')));
  if (parsed.success) return { body: parsed.data };
  return { refusal: malformed('it is no JSON object whose "model" is a name of 1 to 200 characters') };
}

/**
 * Whether a model call would have the provider reach for the internet, which is no way around the allowlist: by a tool of its own, or
 * by an address of an image or a file that it would fetch. Or whether it would have the model read more than the call itself brings,
 * which is no way around a budget. Null when not. Pure.
 */
export function refuseModelBody(body: ModelBody): Refusal | null {
  const { tools, background, input } = body;
  const refused = refuseTools(tools);
  if (refused) return refused;
  if (background) return refusal('it is to go on in the background');
  const stored = storedContexts.find((name) => (body[name] ?? null) !== null);
  if (stored)
    return refusal(`its "${stored}" names what the provider keeps, so that nobody knows beforehand how much the model would read`);
  if (Array.isArray(input) && input.some(isReference)) return refusal('an item of its "input" names what the provider keeps');
  return fetchesSomething(input, 0) ? refusal('it names an image or a file by an address that the provider would fetch') : null;
}

/** `{type: 'item_reference', id}`, whose type may be left out. */
function isReference(item: unknown): boolean {
  const parsed = Item.safeParse(item);
  return parsed.success && (parsed.data.type === 'item_reference' || (parsed.data.type ?? parsed.data.role ?? null) === null);
}

function refuseTools(tools: unknown): Refusal | null {
  if (tools === undefined) return null;
  if (!Array.isArray(tools) || tools.length > mostTools) return refusal(`its "tools" are no list of at most ${mostTools}`);
  for (const [at, tool] of tools.entries()) {
    const parsed = Tool.safeParse(tool);
    if (!parsed.success) return refusal(`its tool ${at} names no type`);
    const { type, external_web_access: reaches } = parsed.data;
    if (!ownTools.has(type) && !(type === 'web_search' && reaches === false))
      return refusal(`its tool "${type.slice(0, 60)}" works at the provider, with the provider's network`);
  }
  return null;
}

/** Counts commas and opening brackets outside of strings: what a text costs to parse goes by them, not by its length. */
function hasMoreValues(json: Buffer, most: number): boolean {
  let values = 0;
  let isString = false;
  for (let at = 0; at < json.length && values <= most; at += 1) {
    const byte = json[at];
    if (byte === codes.quote) isString = !isString;
    else if (isString && byte === codes.backslash) at += 1;
    else if (!isString && (byte === codes.comma || byte === codes.bracket || byte === codes.brace)) values += 1;
  }
  return values > most;
}

function malformed(why: string): Refusal {
  return {
    status: 400,
    code: 'malformed-call',
    message: `The gateway refused the model call: ${why}. Send it as the Responses API has it.`,
  };
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
