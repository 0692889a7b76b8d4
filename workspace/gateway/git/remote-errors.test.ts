import { describe, expect, it } from '@jest/globals';
import { isMirrorDamage, remoteFailure } from './remote-errors.ts';

const lockOf = (why: string) => `error: cannot lock ref 'refs/heads/x': Unable to create '/m/mirror.git/refs/heads/x.lock': ${why}`;
const shortages = ['No space left on device', 'Disk quota exceeded', 'Read-only file system', 'Too many open files', 'Permission denied'];

describe('isMirrorDamage', () => {
  it.each([
    ['a ref that names nothing', 'fatal: bad object refs/heads/b\nerror: ../src did not send all necessary objects'],
    ['an object that is gone', 'error: missing blob 1'],
    ['an empty object', 'error: object file objects/aa/bb is empty'],
    ['a pack that is not whole', 'error: packfile objects/pack/pack-1.pack does not match index'],
  ])('is %s', (_what, stderr) => {
    expect(isMirrorDamage(stderr)).toBe(true);
  });

  it.each([
    ...shortages.map((why) => [`a lock that cannot be made: ${why}`, lockOf(why)]),
    ...shortages.map((why) => [
      `an object that cannot be read: ${why}`,
      `error: unable to open objects/pack: ${why}\nfatal: bad object HEAD`,
    ]),
    ['a ref that moved', "error: cannot lock ref 'refs/heads/x': is at 1 but expected 2"],
    ['a ref that cannot be read', "error: cannot lock ref 'refs/heads/x': unable to resolve reference 'refs/heads/x': Input/output error"],
    ['damage at the other end', 'remote: fatal: bad object refs/heads/b'],
  ])('is not %s', (_what, stderr) => {
    expect(isMirrorDamage(stderr)).toBe(false);
  });
});

describe('remoteFailure', () => {
  it.each(shortages)('says that the gateway lacks something: %s', (why) => {
    expect(remoteFailure('fetch', lockOf(why))).toMatchObject({ kind: 'transient', code: 'gateway-disk' });
  });

  it('does not take the other end for the gateway', () => {
    const stderr = 'remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly';

    expect(remoteFailure('publish', stderr)).toMatchObject({ kind: 'transient', code: 'repository-unreachable' });
  });
});
