import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '../openapi.ts';
import { committedClientTypes, generateClientTypes } from './generate.ts';

describe('typed client', () => {
  it('is generated from the document that the API serves now (npm run generate)', async () => {
    expect(await committedClientTypes()).toBe(await generateClientTypes());
  });

  it('describes problems, keys and events', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument())) as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, { discriminator?: unknown }> };
    };

    const submit = document.paths['/api/requests']?.['post'];

    expect(document.openapi).toBe('3.1.0');
    expect(submit?.parameters?.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(Object.keys(submit?.responses ?? {})).toEqual(expect.arrayContaining(['201', '202', '422']));
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Problem', 'LogEvent', 'RequestStatus', 'Gate']));
  });
});
