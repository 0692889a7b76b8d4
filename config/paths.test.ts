import { afterEach, describe, expect, it } from '@jest/globals';
import { rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSocketFolder, maxSocketPathBytes, statePaths } from './paths.ts';

describe('statePaths', () => {
  it('keeps everything inside the state folder', () => {
    const paths = statePaths('/srv/forge');

    expect(paths.socketsOf('local').door).toBe('/srv/forge/gateway/sockets/door.sock');
    expect(paths.workspace('local', 'r1-a1')).toBe('/srv/forge/hosts/local/workspaces/r1-a1');
  });

  it('moves sockets elsewhere when their path would be too long, differently for each state folder', () => {
    const deep = join('/srv', 'x'.repeat(100));

    const [one, other] = [statePaths(join(deep, 'a')), statePaths(join(deep, 'b'))];

    expect(Buffer.byteLength(one.socketsOf('local').service)).toBeLessThanOrEqual(maxSocketPathBytes);
    expect(one.sockets).not.toBe(other.sockets);
    expect(statePaths(join(deep, 'a')).sockets).toBe(one.sockets);
  });
});

describe('ensureSocketFolder', () => {
  const paths = statePaths(join('/nonexistent', 'y'.repeat(100), String(process.pid)));

  afterEach(() => rmSync(paths.sockets, { recursive: true, force: true }));

  it('makes a folder that only we may enter', () => {
    ensureSocketFolder(paths);

    expect(statSync(paths.sockets).mode & 0o777).toBe(0o700);
  });

  it('refuses a link that somebody else may have laid', () => {
    symlinkSync('/tmp', paths.sockets);

    expect(() => ensureSocketFolder(paths)).toThrow(/belongs to somebody else/);
  });
});
