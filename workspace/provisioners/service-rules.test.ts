import { describe, expect, it } from '@jest/globals';
import { notReady, portTaken, scratchFolders, serviceFailure } from './service-rules.ts';

const spec = { name: 'db', image: 'postgres:16', port: 5432, env: {} };

describe('a service', () => {
  it.each([
    [[], ['/tmp', '/run']],
    [
      ['/data', '/tmp'],
      ['/tmp', '/run', '/data'],
    ],
  ])('whose image declares the volumes %j may write in %j', (volumes, folders) => {
    expect(scratchFolders(volumes)).toEqual(folders);
  });

  it.each([
    ['says nothing', null, 'did not answer on port 5432 within 120 s'],
    ['ended', { exitCode: 1 }, 'ended with exit code 1 before its port 5432 answered'],
    ['ended oddly', { exitCode: 137, reason: 'OOMKilled' }, 'ended with exit code 137 (OOMKilled) before its port 5432 answered'],
  ])('that %s is told by what happened', (_what, ended, words) => {
    expect(notReady(spec, ended)).toBe(words);
  });

  it.each([
    [[spec], 'the service db (postgres:16) takes port 8787'],
    [[spec, { ...spec, name: 'cache' }], 'one of the services db (postgres:16), cache (postgres:16) takes port 8787'],
  ])('that listens on the gateway’s port is named', (specs, words) => {
    expect(portTaken(specs, 8787)).toMatchObject({ kind: 'permanent', code: 'setup-failed', message: expect.stringContaining(words) });
  });

  it.each([
    ['no space', 'the service db (postgres:16) ended: no space. Mend its image, port or env in the project'],
    ['', 'the service db (postgres:16) ended. Mend its image, port or env in the project'],
  ])('that said %j ends the run with that and what to do', (said, words) => {
    expect(serviceFailure(spec, 'ended', said)).toMatchObject({ kind: 'permanent', code: 'setup-failed', message: `workspace: ${words}` });
  });
});
