import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import type { LadderListener } from './ladder.ts';
import { ensureNamedImage, mayPass } from './named.ts';

const silent: LadderListener = { onBegin: () => undefined, onStep: () => undefined };
const closing: (() => void)[] = [];

afterEach(() => closing.splice(0).forEach((close) => close()));

/** A daemon that knows images by what it is asked with, and whose pulls fail for a reason. */
async function daemonWith(known: readonly string[], pullProblem: string) {
  const asked: { path: string; credentials: unknown }[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push({ path, credentials: request.headers['x-registry-auth'] });
    const isPull = request.method === 'POST';
    const isKnown = known.some((name) => path === `/images/${name}/json`);
    response.writeHead(isPull || isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isPull ? { error: pullProblem } : isKnown ? { Id: 'sha256:0a' } : { message: 'No such image' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { docker: new Docker({ host: '127.0.0.1', port, protocol: 'http' }), asked };
}

describe('an image that a project names and nobody has', () => {
  it('is asked for without credentials, and the way around that is told', async () => {
    const { docker, asked } = await daemonWith(
      [],
      'pull access denied for team/tools, repository does not exist or may require docker login',
    );

    const attempt = ensureNamedImage(docker, 'team/tools:9', 'the project', silent);

    await expect(attempt).rejects.toMatchObject({
      kind: 'permanent',
      code: 'setup-failed',
      message: expect.stringMatching(
        /team\/tools:9 of the project .*Load it into the Docker daemon of this host by hand \(a pull has no credentials\)/,
      ),
    });
    expect(asked.map(({ path, credentials }) => [path, credentials])).toEqual([
      ['/images/team/tools:9/json', undefined],
      ['/images/create?fromImage=team/tools&tag=9', undefined],
    ]);
  });
});

describe('a pull that failed', () => {
  it.each([
    ['Get "https://registry.example.org/v2/": net/http: request canceled (Client.Timeout exceeded)', true],
    ['dial tcp 10.0.0.1:443: connect: connection refused', true],
    ['received unexpected HTTP status: 503 Service Unavailable', true],
    ['toomanyrequests: You have reached your pull rate limit', true],
    ['unexpected EOF', true],
    ['the daemon said nothing for 5 minutes', true],
    ['manifest for team/tools:9 not found: manifest unknown', false],
    ['pull access denied for team/tools, repository does not exist or may require docker login', false],
    ['(HTTP code 500) server error - Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host', false],
  ])('because of "%s" is worth another try: %s', (problem, expected) => {
    expect(mayPass(problem)).toBe(expected);
  });
});
