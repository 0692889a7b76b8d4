import { describe, expect, it } from '@jest/globals';
import { maskNamedDeep, redactDeep, redactText, registerNamedSecrets, registerSecret } from './redaction.ts';

// Put together here, so that no scanner takes them for leaked ones.
const githubToken = `ghp_${'a1B2'.repeat(9)}`;
const gitlabToken = ['glpat', 'x'.repeat(20)].join('-');
const apiKey = ['sk', 'proj', 'Ab1'.repeat(10)].join('-');
const jwt = [`eyJ${'a'.repeat(12)}`, `eyJ${'b'.repeat(12)}`, 'c'.repeat(20)].join('.');

describe('redactText', () => {
  it.each([
    ['a bearer header', `Authorization: Bearer ${'q'.repeat(20)}`, 'Authorization: Bearer [redacted]'],
    ['a basic header', `authorization: basic ${'dXNlcjpwYXNz'}`, 'authorization: basic [redacted]'],
    ['credentials of a URL', 'git clone https://user:p4ss@host.example/a.git', 'git clone https://[redacted]@host.example/a.git'],
    ['a token of a URL', `https://${gitlabToken}@host.example/a`, 'https://[redacted]@host.example/a'],
    ['an API key', `key ${apiKey}.`, 'key [redacted].'],
    ['a GitHub token', githubToken, '[redacted]'],
    ['a GitLab token', `x ${gitlabToken} y`, 'x [redacted] y'],
    ['a JSON web token', `jwt=${jwt};`, 'jwt=[redacted];'],
    ['an assignment', 'DB_PASSWORD=correct-horse run', 'DB_PASSWORD=[redacted] run'],
    ['a JSON field', '{"api_key":"abcd1234","n":1}', '{"api_key":"[redacted]","n":1}'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\nnext', '[redacted]\nnext'],
  ])('masks %s', (_what, text, expected) => {
    const redacted = redactText(text);

    expect(redacted).toBe(expected);
  });

  it.each([
    'used 1200 tokens, max_output_tokens: 4096',
    'mail to someone@example.com',
    'https://host.example/path?x=1@2',
    'the token bucket is full',
    'a basic authentication and token verification',
    'password: ',
  ])('leaves %p alone', (text) => {
    const redacted = redactText(text);

    expect(redacted).toBe(text);
  });

  it.each([
    ...['a-', 'a.', 'a:', '://a', 'eyJaaaaaaaa-', 'eyJaaaaaaaa.', 'token ', 'password ', '-----BEGIN A', 'a@'].map((part) => ['', part]),
    ...['bearer ', 'token 1', '://', 'sk-', 'ghp_', 'eyJ', 'password=', '-----BEGIN A PRIVATE KEY-----'].map((start) => [start, 'a']),
    ...['token', 'password', 'password='].map((start) => [start, ' ']),
    ['-----BEGIN ', 'A'],
  ])(
    'ends with a long text of %p and many %p',
    (start, part) => {
      const text = start + part.repeat(2 ** 24 / part.length);

      const redacted = redactText(text);

      expect(redacted.length).toBeLessThanOrEqual(text.length);
    },
    60_000,
  );

  it('masks a registered secret in clear and in a URL, and twice is as once', () => {
    registerSecret('s3cr/t value+');

    const redacted = redactText('s3cr/t value+ and s3cr%2Ft%20value%2B');

    expect(redacted).toBe('[redacted] and [redacted]');
    expect(redactText(redacted)).toBe(redacted);
  });

  it('does not garble text when somebody registers a short or empty value', () => {
    registerSecret('');
    registerSecret('ab');
    registerSecret(undefined);

    const redacted = redactText('about abc');

    expect(redacted).toBe('about abc');
  });

  it('is linear on hostile input', () => {
    const text = 'password'.repeat(2_000) + 'a'.repeat(100_000) + '://'.repeat(1_000);

    const redacted = redactText(text);

    expect(redacted).toContain('aaaa');
  });
});

describe('redactDeep', () => {
  it('masks strings at any depth, and values whose name says it', () => {
    const value = { a: [{ url: 'https://u:p@h.example/' }], apiKey: 'plain', nested: { startupToken: 'plain' }, inputTokens: 12 };

    const redacted = redactDeep(value);

    expect(redacted).toEqual({
      a: [{ url: 'https://[redacted]@h.example/' }],
      apiKey: '[redacted]',
      nested: { startupToken: '[redacted]' },
      inputTokens: 12,
    });
  });

  it('keeps message, cause and fields of an error, masked', () => {
    const error = Object.assign(new Error(`push to https://u:p@h.example failed`, { cause: new Error(githubToken) }), { code: 'E1' });

    const redacted = redactDeep({ error });

    expect(redacted).toMatchObject({
      error: { message: 'push to https://[redacted]@h.example failed', code: 'E1', cause: { message: '[redacted]' } },
    });
  });

  it('survives cycles, maps, dates, bytes and big integers', () => {
    const cycle: Record<string, unknown> = { at: new Date(0), bytes: new Uint8Array(3), big: 5n, map: new Map([['password', 'x']]) };
    cycle['self'] = cycle;

    const redacted = redactDeep(cycle);

    expect(redacted).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      big: '5',
      map: { password: '[redacted]' },
      self: '[circular]',
    });
  });

  it('leaves the original as it is', () => {
    const value = { password: 'kept' };

    redactDeep(value);

    expect(value.password).toBe('kept');
  });
});

describe('a secret with a name', () => {
  it('is masked by its name in every form, in logs and where nothing else is touched', () => {
    registerNamedSecrets([{ name: 'DB_KEY', value: 'n4med/secret value' }]);
    const data = { text: 'n4med/secret value', list: [encodeURIComponent('n4med/secret value'), 1, null], password: 'other-than-that' };

    const masked = maskNamedDeep(data);
    const logged = redactDeep(data);

    expect(masked).toEqual({ text: '[secret DB_KEY]', list: ['[secret DB_KEY]', 1, null], password: 'other-than-that' });
    expect(logged).toEqual({ text: '[secret DB_KEY]', list: ['[secret DB_KEY]', 1, null], password: '[redacted]' });
  });

  it('leaves the names of fields alone, by which an event is read', () => {
    registerNamedSecrets([{ name: 'WORD', value: 'message' }]);

    expect(maskNamedDeep({ message: 'a message' })).toEqual({ message: 'a [secret WORD]' });
  });
});
