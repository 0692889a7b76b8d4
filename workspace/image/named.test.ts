import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import type { LadderListener } from './ladder.ts';
import { ensureNamedImage, mayPass, pullReason } from './named.ts';

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

describe('an image that a project names without a tag', () => {
  it('is none that the daemon knows by the beginning of its id', async () => {
    const { docker, asked } = await daemonWith(['ab'], 'manifest unknown');

    await expect(ensureNamedImage(docker, 'ab', 'the project', silent)).rejects.toMatchObject({ code: 'setup-failed' });
    expect(asked[0]?.path).toBe('/images/ab:latest/json');
  });

  it.each(['ab:latest', 'example.org:5000/ab:latest'])('is %s where that is there', async (name) => {
    const { docker, asked } = await daemonWith([name], 'manifest unknown');

    await ensureNamedImage(docker, name.replace(':latest', ''), 'the project', silent);

    expect(asked).toHaveLength(1);
  });
});

describe('what answered instead of a registry', () => {
  it('is quoted neither in what is told of the pull nor in its failure', async () => {
    const said = 'error parsing HTTP 404 response body: invalid character: "<p>inner-secret</p>"';
    const { docker } = await daemonWith([], said);
    const told: string[] = [];

    const attempt = ensureNamedImage(docker, 'team/tools:9', 'the project', {
      ...silent,
      onStep: ({ message }) => void told.push(message),
    });

    await expect(attempt).rejects.toMatchObject({ message: expect.not.stringContaining('inner-secret') });
    expect(told).toEqual(['for a reason that is in the log of the Docker daemon']);
  });

  it.each([
    ['manifest for team/tools:9 not found: manifest unknown: token=abc', 'not found, manifest unknown'],
    ['Get "http://10.0.0.1/v2/": dial tcp 10.0.0.1:80: connect: connection refused', 'connection refused'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'http status: 503'],
    ['received unexpected HTTP status: 418 teapot', 'http status: 418'],
    ['pull access denied for x, repository does not exist: denied: ssh-rsa AAAA', 'access denied'],
  ])('leaves of "%s" only "%s"', (problem, reason) => {
    expect(pullReason(problem)).toBe(reason);
    expect(mayPass(reason)).toBe(mayPass(problem));
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
