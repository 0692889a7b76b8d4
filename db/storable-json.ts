const deepest = 64;

/**
 * What jsonb can store of a value: without NUL characters and lone surrogates, and not nested beyond 64 levels. An agent
 * could otherwise stop its own log, or its request, with one line.
 */
export function storableJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD');
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((item) => storableJson(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableJson(key), storableJson(item, depth + 1)]));
}
