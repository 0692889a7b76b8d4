import { describe, expect, it } from '@jest/globals';
import { addressOf, nameOf } from './address.ts';
import type { DockerAccess, DockerAddress } from './address.ts';

const at = (host: string, more: Partial<DockerAccess> = {}): DockerAddress => addressOf({ host, ...more }, '/home/me');

describe('the address of a Docker daemon', () => {
  it('is the socket of DOCKER_HOST, else the usual one', () => {
    expect(at('unix:///run/user/1000/docker.sock')).toEqual({ kind: 'socket', path: '/run/user/1000/docker.sock' });
    expect(addressOf({}, '/home/me')).toEqual({ kind: 'socket', path: '/var/run/docker.sock' });
  });

  it.each<[string, Partial<DockerAccess>, Omit<Extract<DockerAddress, { kind: 'tcp' }>, 'kind'>]>([
    ['tcp://build.example:2376', { certPath: '/certs' }, { host: 'build.example', port: 2376, certificates: '/certs' }],
    ['tcp://10.0.0.1', { certPath: '/certs' }, { host: '10.0.0.1', port: 2376, certificates: '/certs' }],
    ['tcp://10.0.0.1:80/', { verifiesTls: true }, { host: '10.0.0.1', port: 80, certificates: '/home/me/.docker' }],
    ['tcp://[fd00::1]:2376', { certPath: '/certs', verifiesTls: true }, { host: 'fd00::1', port: 2376, certificates: '/certs' }],
    ['tcp://127.0.0.1:2375', {}, { host: '127.0.0.1', port: 2375, certificates: null }],
    ['tcp://localhost', {}, { host: 'localhost', port: 2375, certificates: null }],
    ['tcp://[::1]:9', {}, { host: '::1', port: 9, certificates: null }],
  ])('is that of %s with %j', (host, more, expected) => {
    expect(at(host, more)).toEqual({ kind: 'tcp', ...expected });
  });

  it.each([
    ['tcp://10.0.0.1:2375', 'is not encrypted, and whoever reaches an open Docker daemon is root there'],
    ['tcp://127.0.0.1.example:2375', 'DOCKER_CERT_PATH'],
    ['tcp://', 'tcp://host:port'],
    ['tcp://me:word@127.0.0.1:2375', 'tcp://host:port'],
    ['tcp://127.0.0.1:2375/prefix', 'tcp://host:port'],
    ['tcp://127.0.0.1:99999', 'tcp://host:port'],
    ['http://127.0.0.1:2375', 'tcp://host:port'],
    ['npipe:////./pipe/docker_engine', 'unix:///path'],
    ['unix://docker.sock', 'unix:///path'],
    ['10.0.0.1:2375', 'tcp://host:port'],
    ['ssh://me@build.example:22', 'ssh -N -p 22 -L 127.0.0.1:2375:/var/run/docker.sock me@build.example'],
    ['ssh://build.example', 'ssh -N -L 127.0.0.1:2375:/var/run/docker.sock build.example'],
  ])('is none in %s, and what to do is said', (host, words) => {
    expect(() => at(host)).toThrow(expect.objectContaining({ code: 'docker-host', message: expect.stringContaining(words) }));
    expect(() => at(host)).toThrow(`docker: DOCKER_HOST=${host} `);
  });

  it('is named as people write it', () => {
    expect(nameOf(at('unix:///a/b'))).toBe('/a/b');
    expect(nameOf(at('tcp://localhost'))).toBe('localhost:2375');
    expect(nameOf(at('tcp://[::1]:9'))).toBe('[::1]:9');
  });
});
