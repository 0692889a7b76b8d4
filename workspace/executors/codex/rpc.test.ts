import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createRpcClient } from './rpc.ts';

describe('createRpcClient', () => {
  it('takes a line that is nested too deep to be written again for garbage, and reads on', () => {
    const output = new PassThrough();
    const garbage: string[] = [];
    const told: string[] = [];
    createRpcClient(output, new PassThrough(), {
      onNotification: (method, params) => void told.push(`${method} ${JSON.stringify(params)}`),
      onRequest: () => undefined,
      onGarbage: (line) => void garbage.push(line.slice(0, 12)),
      onBytes: () => undefined,
    });
    const deep = `{"method":"deep","params":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;

    output.write(`${deep}\n{"method":"next","params":[1]}\n`);
    output.read();

    expect(told).toEqual(['next [1]']);
    expect(garbage).toEqual(['{"method":"d']);
  });
});
