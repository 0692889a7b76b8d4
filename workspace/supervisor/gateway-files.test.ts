import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createGatewayFiles } from './gateway-files.ts';

let server: Server;
let asked: string[];

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A gateway that answers with each of these in turn. */
async function gateway(...answers: [status: number, body: string][]) {
  asked = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${body}`);
      const [status, answer] = answers.shift() ?? [500, ''];
      response.writeHead(status).end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return createGatewayFiles(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key');
}

describe('files of the gateway', () => {
  it('stores a session once the gateway and its database are back', async () => {
    const files = await gateway([503, '{}'], [502, ''], [200, '{"artifactId":"a1"}']);

    const artifactId = await files.uploadSession(Buffer.from('session'));

    expect(artifactId).toBe('a1');
    expect(asked).toEqual(['PUT session', 'PUT session', 'PUT session']);
  });

  it('reads an artifact once the gateway and its database are back', async () => {
    const files = await gateway([503, '{}'], [200, 'bytes']);

    const content = await files.download('a1');

    expect(Buffer.from(content).toString()).toBe('bytes');
  });

  it('does not ask again for what it was refused', async () => {
    const files = await gateway([404, '{}'], [200, 'bytes']);

    const reading = files.download('a1');

    await expect(reading).rejects.toMatchObject({ code: 'artifact-download' });
    expect(asked).toHaveLength(1);
  });
});
