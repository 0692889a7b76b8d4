import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DomainError } from '../workflows/contracts/errors.ts';
import { type Environment, loadConfig, required } from './env.ts';
import { redactText } from './redaction.ts';

let folder: string;
const besides = {
  GATEWAY_SERVICE_URL: 'unix:/s/gateway/sockets/service-two.sock',
  GATEWAY_DOOR_SOCKET: '/s/gateway/sockets/door-two.sock',
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astraforge-config-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function problemsOf(env: Environment): unknown {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    return error instanceof DomainError ? error.details['problems'] : error;
  }
}

describe('loadConfig', () => {
  it('starts with nothing set', () => {
    const config = loadConfig({});

    expect(config).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      portIsExplicit: false,
      PUBLIC_URL: 'http://127.0.0.1:8080',
      UNSAFE_PLAIN: false,
    });
    expect(config.STATE_DIR).toBe(resolve('.astraforge'));
    expect(config.GATEWAY_SERVICE_URL).toBe(`unix:${join(config.paths.sockets, 'service.sock')}`);
    expect(config.GATEWAY_DOOR_SOCKET).toBe(join(config.paths.sockets, 'door.sock'));
  });

  it('lets no warm workspace wait for so long that its token ends with a run', () => {
    expect(problemsOf({ WARM_WORKSPACE_MS: String(7 * 3_600_000) })).toEqual([expect.stringMatching(/^WARM_WORKSPACE_MS: /)]);
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({
      PORT: 'many',
      DATABASE_URL: 'mysql://x/y',
      EXECUTOR: 'command',
      TEMPORAL_ADDRESS: 'nowhere',
      TEMPORAL_TLS_CERT_FILE: '/cert.pem',
      OPENAI_API_KEY_FILE: join(folder, 'missing'),
      UNSAFE_PLAIN: 'perhaps',
    });

    expect(problems).toEqual(
      [
        expect.stringMatching(/^OPENAI_API_KEY_FILE: cannot be read/),
        expect.stringMatching(/^TEMPORAL_ADDRESS: must be host:port/),
        expect.stringMatching(/^DATABASE_URL: must be a postgres:\/\/ URL/),
        expect.stringMatching(/^UNSAFE_PLAIN: /),
        expect.stringMatching(/^EXECUTOR_COMMAND: is needed/),
        expect.stringMatching(/^TEMPORAL_TLS_CERT_FILE: is set together/),
      ].toSpliced(1, 0, expect.stringMatching(/^PORT: /)),
    );
  });

  it('never repeats a value, which may be a secret', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://user:hunter2000@x/y' });

    expect(JSON.stringify(problems)).not.toContain('hunter2000');
  });

  it('reads a secret from its file and masks it from then on', async () => {
    const file = join(folder, 'key');
    await writeFile(file, 'a-very-private-value\n');

    const config = loadConfig({ OPENAI_API_KEY_FILE: file });

    expect(config.OPENAI_API_KEY).toBe('a-very-private-value');
    expect(redactText('key is a-very-private-value.')).toBe('key is [redacted].');
  });

  it('refuses a secret that comes twice, and an empty file', async () => {
    const file = join(folder, 'key');
    await writeFile(file, '\n');

    const problems = [problemsOf({ OPENAI_API_KEY: 'x', OPENAI_API_KEY_FILE: file }), problemsOf({ OPENAI_API_KEY_FILE: file })];

    expect(problems).toEqual([[expect.stringMatching(/not both/)], [expect.stringMatching(/is empty/)]]);
  });

  it('masks the password of a URL, not the URL', () => {
    loadConfig({ DATABASE_URL: 'postgres://app:p%40ssw0rd-1@db.internal/x' });

    expect(redactText('p%40ssw0rd-1 and p@ssw0rd-1 at db.internal')).toBe('[redacted] and [redacted] at db.internal');
  });

  it.each([
    ['a key that looks like a URL', { OPENAI_API_KEY: 'corpkey:Very-Private-1' }, 'corpkey:Very-Private-1'],
    ['a password with a stray percent sign', { DATABASE_URL: 'postgres://u:50%-Private@db.internal/x' }, '50%-Private'],
  ])('masks %s', (_what, env, secret) => {
    loadConfig(env);

    expect(redactText(`it is ${secret} here`)).toBe('it is [redacted] here');
  });

  it.each([
    ['empty counts as unset', { PORT: '', MODEL: '  ' }, { PORT: 8080, MODEL: 'gpt-5.5' }],
    ['a wildcard address is no link', { HOST: '0.0.0.0', PORT: '9000' }, { PUBLIC_URL: 'http://127.0.0.1:9000', portIsExplicit: true }],
    ['lists are split and trimmed', { MODEL_ALLOWLIST: 'a, b ,,c' }, { MODEL_ALLOWLIST: ['a', 'b', 'c'] }],
    ['one database URL serves both', { DATABASE_URL: 'postgres://u@h/d' }, { DATABASE_DIRECT_URL: 'postgres://u@h/d' }],
    ['a link has no slash at its end', { PUBLIC_URL: 'https://forge.example/' }, { PUBLIC_URL: 'https://forge.example' }],
    ['a gateway beside others has sockets of its own', { STATE_DIR: '/s', GATEWAY_ID: 'two' }, besides],
    ['IPv6 is written as a host', { HOST: '::1' }, { PUBLIC_URL: 'http://[::1]:8080' }],
  ])('%s', (_rule, env: Environment, expected) => {
    const config = loadConfig(env);

    expect(config).toMatchObject(expected);
  });
});

describe('required', () => {
  it('names all that is missing', () => {
    const config = loadConfig({});

    expect(() => required(config, 'DATABASE_URL', 'MODEL', 'TEMPORAL_ADDRESS')).toThrow(/DATABASE_URL, TEMPORAL_ADDRESS must be set/);
  });
});
