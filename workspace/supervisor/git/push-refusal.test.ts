import { describe, expect, it } from '@jest/globals';
import { pushRefusal } from './push-refusal.ts';

describe('pushRefusal', () => {
  it('says which limit was reached and what to do', () => {
    const said = pushRefusal(
      'remote: fatal: pack exceeds maximum allowed size (195.31 KiB)\nfatal: the remote end hung up\nerror: RPC failed',
    );

    expect(said).toMatchObject({ kind: 'permanent', code: 'push-too-large' });
    expect(said?.message).toMatch(/limit of 195\.31 KiB .*MAX_PUSH_BYTES/);
  });

  it.each(['', 'error: RPC failed; HTTP 502', 'fatal: the remote end hung up unexpectedly'])('has nothing to say of %j', (stderr) => {
    expect(pushRefusal(stderr)).toBeNull();
  });
});
