import { z } from 'zod';
import { shell, type Program } from './program.ts';

const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    properties: z.record(z.string(), Schema).optional(),
    items: Schema.optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    $ref: z.string().optional(),
    minimum: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
  }),
);
interface Schema {
  type?: string | string[] | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  properties?: Record<string, Schema> | undefined;
  items?: Schema | undefined;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  $ref?: string | undefined;
  minimum?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  [key: string]: unknown;
}

const steps = [
  'Run the tests and read what fails.',
  'Read the sources that the failing tests import.',
  'Change as little as makes the tests pass, running them after each edit.',
  'Run all tests again and describe the change.',
];

/** Looks at the files once, then answers a JSON document that conforms to the schema, its words from the prompt and the files. */
export function* makePlan(prompt: string, schema: unknown): Program {
  const parsed = Schema.safeParse(schema);
  const listing = yield* shell('git ls-files -co --exclude-standard 2>/dev/null | head -n 200');
  const files = listing.output.split('\n').filter((line) => line !== '');
  const subject = (prompt.trim().split('\n')[0] ?? '').slice(0, 160);
  const words: Words = {
    title: `Plan (scripted demo model): ${subject}`,
    summary: `This plan comes from a scripted demo model. It would work on "${subject}" in a repository of ${files.length} files.`,
    steps,
    files: files.slice(0, 5),
  };
  return JSON.stringify(instanceOf(parsed.success ? parsed.data : {}, 'plan', words, 0, parsed.success ? parsed.data : {}));
}

interface Words {
  title: string;
  summary: string;
  steps: readonly string[];
  files: readonly string[];
}

/** A document of the schema: every property is given; strings and lists take their words by the name of the property. */
function instanceOf(schema: Schema, name: string, words: Words, position: number, root: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.$ref) return instanceOf(resolveRef(schema.$ref, root), name, words, position, root);
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice) return instanceOf(choice, name, words, position, root);
  const type = Array.isArray(schema.type) ? schema.type[0] : (schema.type ?? (schema.properties ? 'object' : 'string'));
  if (type === 'object') {
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([key, value]) => [key, instanceOf(value, key, words, position, root)]),
    );
  }
  if (type === 'array') {
    const wanted = /file|path/i.test(name) ? words.files.length : /step|task|plan|todo|action/i.test(name) ? words.steps.length : 1;
    const count = Math.min(Math.max(wanted, schema.minItems ?? 0), schema.maxItems ?? 100);
    return Array.from({ length: count }, (_, index) => instanceOf(schema.items ?? {}, name, words, index, root));
  }
  if (type === 'integer' || type === 'number')
    return Math.max(schema.minimum ?? 0, /order|number|index|position/i.test(name) ? position + 1 : 1);
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  return stringOf(schema, name, words, position);
}

function stringOf(schema: Schema, name: string, words: Words, position: number): string {
  const value = /file|path/i.test(name)
    ? (words.files[position] ?? 'README.md')
    : /title|name|headline/i.test(name)
      ? words.title
      : /step|task|plan|todo|action|description|detail/i.test(name)
        ? (words.steps[position % words.steps.length] ?? words.summary)
        : words.summary;
  return value.padEnd(schema.minLength ?? 0, '.').slice(0, schema.maxLength ?? 10_000);
}

function resolveRef(ref: string, root: Schema): Schema {
  let found: unknown = root;
  for (const key of ref
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')) {
    const next = z.record(z.string(), z.unknown()).safeParse(found);
    found = next.success && Object.hasOwn(next.data, key) ? next.data[key] : {};
  }
  const parsed = Schema.safeParse(found);
  return parsed.success && parsed.data.$ref !== ref ? parsed.data : {};
}
