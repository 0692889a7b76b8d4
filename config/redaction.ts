import { maskText, masksOf, type Masks } from './secret-mask.ts';

const mask = '[redacted]';

/** Values shorter than this are not registered: masking them would garble ordinary text. */
const minSecretLength = 6;

/** Every form of a secret, and what stands for it. */
const registered = new Map<string, string>();
/** Those of them that have a name, for where nothing else shall be touched. */
const named = new Map<string, string>();

/**
 * Patterns of secrets that are recognisable by their shape, each with what is left of it. Texts come from agents: where a match may
 * begin again and again in one run of characters, it begins at the run's start alone, so that time grows with the text
 * and no faster; and every repetition has an end, since a long one would exhaust the stack of the engine.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  // Authorization headers and their like, also inside JSON or a command line.
  // Plain words after "basic" or "token" stay: a credential has a digit, a padding, mixed case, or great length.
  [
    /\b([Bb]earer|BEARER|[Bb]asic|BASIC|[Tt]oken|TOKEN)(\s{1,64})(?!\[redacted\])(?:(?=\S{0,8192}(?:[\d=]|[a-z][A-Z]))[\w\-.~+/]{8,8192}=*|[\w\-.~+/]{20,8192}=*)/g,
    `$1$2${mask}`,
  ],
  // user:password@ and token@ of a URL.
  [/:\/\/[^\s/?#"'<>]{1,2048}@/g, `://${mask}@`],
  // API keys and tokens of known issuers.
  [/\b(?:sk|rk|pk)-[A-Za-z0-9_-]{16,512}/g, mask],
  [/\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,512}/g, mask],
  [/\bgithub_pat_[A-Za-z0-9_]{20,512}/g, mask],
  [/\bgl(?:pat|ptt|dt|rt|cbt|ft|soat)-[A-Za-z0-9_-]{16,512}/g, mask],
  [/\bxox[abposr]-[A-Za-z0-9-]{10,512}/g, mask],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, mask],
  [/\bAIza[A-Za-z0-9_-]{30,512}/g, mask],
  // JSON web tokens.
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{0,8192}/g, mask],
  [/-----BEGIN [A-Z ]{0,64}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,64}PRIVATE KEY-----|$)/g, mask],
  // name=value and "name": "value" where the name says that it is a secret.
  [
    /(?<![A-Za-z0-9])((?:password|passwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token))("?\s{0,64}[=:]\s{0,64}"?)(?!\[redacted\])[^\s"'&,;]{4,8192}/gi,
    `$1$2${mask}`,
  ],
];

const secretNames =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|.*(?:password|passwd|secret|api[_-]?key|private[_-]?key|token))$/i;
/** Numbers of tokens, names of keys: they end like a secret and are none. */
const harmlessNames = /^(?:.*(?:max|total|input|output|cached|reasoning).*tokens?|idempotency[_-]?key)$/i;

/** Makes a secret known to every later `redact…` of this process, in clear and in its URL-encoded form. Short and empty ones are ignored. */
export function registerSecret(value: string | undefined | null): void {
  if (!value || value.length < minSecretLength) return;
  for (const form of [value, encodeURIComponent(value)]) registered.set(form, mask);
}

/** Makes a project's secrets known, in all forms that `secret-mask.ts` knows: they become `[secret NAME]`. */
export function registerNamedSecrets(secrets: readonly { name: string; value: string }[]): Masks {
  const masks = masksOf(secrets);
  for (const [form, words] of masks) {
    registered.set(form, words);
    named.set(form, words);
  }
  return masks;
}

/** The text with registered secrets, bearer tokens, API keys and credentials of URLs masked. */
export function redactText(text: string): string {
  let result = maskText(text, registered);
  for (const [pattern, replacement] of shapes) result = result.replace(pattern, replacement);
  return result;
}

/** A copy of JSON with the named secrets masked in every string but names of fields, by which it is read, and all else as it is. */
export function maskNamedDeep(value: unknown): unknown {
  if (named.size === 0) return value;
  if (typeof value === 'string') return maskText(value, named);
  if (Array.isArray(value)) return value.map(maskNamedDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskNamedDeep(inner)]));
}

/** A copy with every string masked, at any depth; values whose name says that they are secret are masked whole. Errors become plain objects. */
export function redactDeep(value: unknown): unknown {
  return redactValue(value, new Set());
}

function redactValue(value: unknown, ancestors: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.has(value)) return '[circular]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return redactText(value.href);
  ancestors.add(value);
  try {
    return redactObject(value, ancestors);
  } finally {
    ancestors.delete(value);
  }
}

function redactObject(value: object, ancestors: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => redactValue(item, ancestors));
  if (value instanceof Map) return redactObject(Object.fromEntries(value), ancestors);
  if (value instanceof Set) return [...value].map((item) => redactValue(item, ancestors));
  const result: Record<string, unknown> = {};
  if (value instanceof Error) {
    Object.assign(result, { name: value.name, message: redactText(value.message), stack: redactText(value.stack ?? '') });
    if (value.cause !== undefined) result['cause'] = redactValue(value.cause, ancestors);
  }
  for (const [name, inner] of Object.entries(value)) {
    const hidden = typeof inner === 'string' && inner !== '' && secretNames.test(name) && !harmlessNames.test(name);
    result[name] = hidden ? mask : redactValue(inner, ancestors);
  }
  return result;
}
