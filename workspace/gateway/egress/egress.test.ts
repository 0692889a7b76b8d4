import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tunnel } from '../testing/client.ts';
import { startDoor, type TestDoor } from '../testing/harness.ts';
import { memoryLogger } from '../testing/memory.ts';
import { isPublicAddress } from '../../../config/public-address.ts';
import type { WorkspaceRow } from '../workspace-resolver.ts';
import { expandEgress, parseAllowEntry, parseTarget, refuseTarget } from './allowlist.ts';
import { createEgress } from './connect.ts';

describe('refuseTarget', () => {
  const entries = ['example.com', '*.example.org', 'plain.test:8080'].map(parseAllowEntry);

  it.each([
    ['example.com:443', null],
    ['EXAMPLE.com.:443', null],
    ['a.example.org:443', null],
    ['a.b.example.org:443', null],
    ['plain.test:8080', null],
    ['example.org:443', 'egress-not-allowed'],
    ['www.example.com:443', 'egress-not-allowed'],
    ['badexample.org:443', 'egress-not-allowed'],
    ['example.com:80', 'egress-not-allowed'],
    ['example.com.evil.test:443', 'egress-not-allowed'],
    ['127.0.0.1:443', 'egress-address'],
    ['2130706433:443', 'egress-address'],
    ['0x7f.1:443', 'egress-address'],
    ['[::1]:443', 'egress-address'],
    ['exa_mple!.com:443', 'egress-malformed'],
  ])('%s -> %s', (text, code) => {
    const target = parseTarget(text);

    expect(target && (refuseTarget(target, entries)?.code ?? null)).toBe(code);
  });

  it.each([
    '',
    'example.com',
    'example.com:',
    'example.com:0',
    'example.com:70000',
    'user@example.com:443',
    'http://example.com:443',
    'a b:443',
  ])('does not read %j', (text) => {
    expect(parseTarget(text)).toBeNull();
  });
});

describe('expandEgress', () => {
  it('joins presets and own entries', () => {
    const entries = expandEgress({ presets: ['package-registries'], allow: ['example.com'] });

    expect(entries).toContain('example.com');
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.map(parseAllowEntry)).toHaveLength(entries.length);
  });

  it.each([
    [{ presets: ['nope'], allow: [] }, 'egress-preset-unknown'],
    [{ presets: ['constructor'], allow: [] }, 'egress-preset-unknown'],
    [{ presets: [], allow: ['10.0.0.1'] }, 'egress-entry-invalid'],
    [{ presets: [], allow: ['*'] }, 'egress-entry-invalid'],
    [{ presets: [], allow: ['a.com/path'] }, 'egress-entry-invalid'],
  ])('refuses %j', (settings, code) => {
    expect(() => expandEgress(settings)).toThrow(expect.objectContaining({ code }));
  });
});

describe('isPublicAddress', () => {
  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'name',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '104.16.0.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('CONNECT through the door', () => {
  let target: Server;
  let port: number;
  let door: TestDoor;
  let answers: Record<string, string[]>;
  const logger = memoryLogger();

  beforeEach(async () => {
    target = createServer((socket) => socket.on('error', () => undefined).on('data', (data) => socket.end(`got ${data.toString()}`)));
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    port = (target.address() as AddressInfo).port;
    answers = { 'good.test': ['127.0.0.1'], 'rebind.test': ['127.0.0.1', '10.0.0.1'] };
    const egress = createEgress({
      logger,
      allow: [`good.test:${port}`, `rebind.test:${port}`, `missing.test:${port}`, 'localhost:443', 'good.test:1'],
      resolve: async (host) => answers[host] ?? Promise.reject(new Error('ENOTFOUND')),
      // The target of this test is on loopback; everything else private stays refused.
      isAllowedAddress: (address) => address === '127.0.0.1' || isPublicAddress(address),
    });
    door = await startDoor({ routes: { egress, askAgainEveryMs: 20 } });
  });

  afterEach(async () => {
    await door.close();
    target.close();
  });

  it('carries bytes to an allowed name and counts them', async () => {
    const reply = await tunnel(door.socketPath, `good.test:${port}`, door.token, 'hello');

    expect(reply).toBe('HTTP/1.1 200 Connection Established\r\n\r\ngot hello');
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: 'egress tunnel closed', fields: expect.objectContaining({ sentBytes: 5, receivedBytes: 9 }) }),
    );
  });

  it.each<[string, Partial<WorkspaceRow>]>([
    ['waits', { state: 'warm', runId: null }],
    ['has ended', { state: 'ended' }],
    ['works for another run', { runId: 'run-2' }],
  ])('keeps a tunnel open while its run is at work, and ends it once the workspace %s', async (_, change) => {
    const reply = tunnel(door.socketPath, `good.test:${port}`, door.token);
    const whileAtWork = await Promise.race([reply, sleep(200, 'open')]);
    Object.assign(door.resolver.rows[0] ?? {}, change);

    expect(whileAtWork).toBe('open');
    expect(await reply).toBe('HTTP/1.1 200 Connection Established\r\n\r\n');
  });

  it.each([
    ['a name that is not listed', () => `other.test:${port}`, 403, 'egress-not-allowed'],
    ['an address', () => `127.0.0.1:${port}`, 403, 'egress-address'],
    ['a name of which one address is private', () => `rebind.test:${port}`, 403, 'egress-private'],
    ['a name that does not resolve', () => `missing.test:${port}`, 502, 'egress-unresolved'],
    ['a target that does not answer', () => 'good.test:1', 502, 'egress-unreachable'],
    ['nonsense', () => 'nonsense', 400, 'egress-malformed'],
  ])('refuses %s and says so', async (_case, target, status, code) => {
    const reply = await tunnel(door.socketPath, target(), door.token);

    const [head, body = ''] = reply.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(body)).toEqual({ code, host: expect.any(String), port: expect.any(Number), reason: expect.any(String) });
    expect(logger.lines).toContainEqual(expect.objectContaining({ message: 'egress refused', fields: expect.objectContaining({ code }) }));
  });

  it('refuses names of the machine itself with the real resolver and ranges', async () => {
    await door.close();
    door = await startDoor({ routes: { egress: createEgress({ logger, allow: ['localhost:443'] }) } });

    const reply = await tunnel(door.socketPath, 'localhost:443', door.token);

    expect(reply).toContain('egress-private');
  });
});
