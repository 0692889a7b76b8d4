import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { retryWhileAway } from './checkout.ts';

/** A step that fails once with these words of git, and how often it was tried. */
async function tries(stderr: string): Promise<number | 'failed'> {
  let count = 0;
  const step = () => {
    count += 1;
    if (count > 1) return Promise.resolve(count);
    return Promise.reject(new DomainError('transient', 'git', 'git fetch failed', { details: { stderr } }));
  };
  return retryWhileAway(step).catch(() => 'failed');
}

describe('a fetch of a workspace', () => {
  it.each([
    "fatal: unable to access 'http://127.0.0.1:8787/git/run.git/': Empty reply from server",
    "fatal: unable to access 'http://127.0.0.1:8787/git/run.git/': transfer closed with outstanding read data remaining",
    'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF',
    'fatal: expected flush after ref listing',
    'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: invalid index-pack output',
  ])('is made again when its door breaks in the middle: %j', async (stderr) => {
    expect(await tries(stderr)).toBe(2);
  });

  it.each(['fatal: remote error: upload-pack: not our ref 0000', 'fatal: bad object HEAD'])('is not, for %j', async (stderr) => {
    expect(await tries(stderr)).toBe('failed');
  });
});
