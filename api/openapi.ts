import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { z } from 'zod';
import { limits } from './limits.ts';
import { operations } from './operations/index.ts';
import type { Operation } from './operations/operation.ts';
import { Problem } from './schemas/common.ts';
import { roleRules } from './auth/rules.ts';

const problemTitles: Record<number, string> = {
  400: 'Malformed request.',
  401: 'Not signed in.',
  403: 'Not allowed.',
  404: 'There is no such thing.',
  409: 'The request is not in the state for this.',
  413: 'Too large.',
  415: 'Unsupported media type or encoding.',
  422: 'Refused: `code` says why.',
  429: 'Too many messages.',
  503: 'A part that is needed is away; try again.',
};

const idempotencyKey = z
  .string()
  .min(1)
  .max(limits.idempotencyKeyLength)
  .optional()
  .meta({ description: 'The same key and body get the same answer; another body is refused with 422 `idempotency-conflict`.' });

/** The OpenAPI 3.1 document of the whole API, made from the schemas that validate. */
export function openApiDocument(version = '0.1.0') {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: describeOperation(operation) };
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'AstraForge',
        version,
        description:
          'Turns a prompt into an approved, reviewed merge request. Every refusal is problem+json (RFC 9457) with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [{ token: [] }, { session: [] }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'The start-up token.' },
          session: { type: 'apiKey', in: 'cookie', name: 'astraforge_session' },
        },
      },
      paths,
    },
    {
      // A record is nothing but its additional properties.
      override({ jsonSchema, io }) {
        if (io === 'output' && jsonSchema.properties !== undefined) delete jsonSchema.additionalProperties;
      },
    },
  );
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const isPublic = roleRules[operation.id] === 'public';
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    ...(isPublic ? { security: [] } : { description: `Role: ${roleRules[operation.id]}.` }),
    requestParams: {
      path: operation.params as z.ZodObject,
      query: operation.query as z.ZodObject,
      ...(operation.keyed ? { header: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
      ...(operation.produces === 'text/event-stream' ? { header: z.object({ 'Last-Event-ID': z.string().optional() }) } : {}),
    },
    ...bodyOf(operation),
    responses: responsesOf(operation, isPublic),
  };
}

function bodyOf(operation: Operation): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (operation.consumes === 'application/octet-stream') {
    return { requestBody: { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } } };
  }
  if (!operation.body) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: operation.body } } } };
}

function responsesOf(operation: Operation, isPublic: boolean): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, description] of Object.entries(operation.statuses)) {
    responses[status as `${1 | 2 | 3 | 4 | 5}${string}`] = { description, content: contentOf(operation) };
  }
  const common = isPublic ? [400] : [400, 401, 403, 413, 415, 422, 503];
  for (const status of new Set([...common, ...operation.problems])) {
    responses[`${status}` as `${1 | 2 | 3 | 4 | 5}${string}`] = {
      description: problemTitles[status] ?? 'Refused.',
      content: { 'application/problem+json': { schema: Problem } },
    };
  }
  return responses;
}

function contentOf(operation: Operation): NonNullable<Extract<ZodOpenApiResponsesObject[`2${string}`], { content?: unknown }>['content']> {
  const content = { [operation.produces]: { schema: operation.response } };
  return operation.id === 'getRunDiff' ? { ...content, 'text/x-patch': { schema: z.string() } } : content;
}
