import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { Roots } from './folders.ts';
import { packSetup } from './pack.ts';
import { unpackSetup } from './unpack.ts';

type Forged = Partial<Header> & Pick<Header, 'name'> & { content?: string };

const megabyte = 1024 * 1024;
let folder: string;
let from: Roots;
let to: Roots;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'af-archive-'));
  const roots = (name: string): Roots => ({ work: join(folder, name, 'work'), home: join(folder, name, 'home') });
  [from, to] = [roots('from'), roots('to')];
  for (const path of [from.work, from.home, to.work, to.home]) mkdirSync(path, { recursive: true });
});

afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  rmSync(folder, { recursive: true, force: true });
});

function put(root: string, path: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
}

/** Every path below a folder. */
function pathsOf(root: string): string[] {
  const listed = execFileSync('find', [root, '-mindepth', '1', '-printf', '%P\\0'], { encoding: 'utf8' });
  return listed.split('\0').filter(Boolean).sort();
}

async function packed(paths: string[], maxBytes = 64 * megabyte): Promise<Buffer> {
  const { content, done } = packSetup({ roots: from, paths, maxBytes });
  const [bytes] = await Promise.all([buffer(content), done]);
  return bytes;
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
}

function unpack(bytes: Buffer, maxBytes = 64 * megabyte) {
  return unpackSetup({ content: chunks(bytes), roots: to, maxBytes });
}

/** An archive of entries that no setup of ours made. */
async function forged(...entries: Forged[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  return zstdCompressSync(await buffer(tar));
}

describe('what a setup made', () => {
  it('comes back as it was: content, modes, times, links, and folders that are empty or read-only', async () => {
    const large = Buffer.alloc(3 * megabyte + 7, 'large ');
    put(from.work, 'node_modules/a/index.js', 'a');
    put(from.work, 'node_modules/.bin/tool', '#!/bin/sh\n', 0o755);
    put(from.work, `node_modules/${'deep/'.repeat(40)}ünï "name"\n.txt`, 'deep');
    put(from.work, 'web/dist/large.bin', large);
    put(from.work, 'web/dist/empty', '');
    mkdirSync(join(from.work, 'node_modules', 'nothing'));
    symlinkSync('../a/index.js', join(from.work, 'node_modules', '.bin', 'a'));
    symlinkSync('/usr/bin/python3', join(from.work, 'node_modules', '.bin', 'python'));
    put(from.home, 'go/pkg/mod/x/x.go', 'x', 0o444);
    chmodSync(join(from.home, 'go/pkg/mod/x'), 0o555);
    const longAgo = new Date('2020-01-02T03:04:05Z');
    utimesSync(join(from.work, 'node_modules/a/index.js'), longAgo, longAgo);

    const bytes = await packed(['node_modules', 'web/dist']);
    const { files, sizeBytes } = await unpack(bytes);

    expect(pathsOf(to.work)).toEqual(pathsOf(from.work));
    expect(pathsOf(to.home)).toEqual(pathsOf(from.home));
    expect(readFileSync(join(to.work, 'web/dist/large.bin')).equals(large)).toBe(true);
    expect(readFileSync(join(to.work, `node_modules/${'deep/'.repeat(40)}ünï "name"\n.txt`), 'utf8')).toBe('deep');
    expect(lstatSync(join(to.work, 'node_modules/.bin/tool')).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(to.home, 'go/pkg/mod/x/x.go')).mode & 0o777).toBe(0o444);
    expect(lstatSync(join(to.home, 'go/pkg/mod/x')).mode & 0o777).toBe(0o555);
    expect(lstatSync(join(to.work, 'node_modules/a/index.js')).mtime).toEqual(longAgo);
    expect(readlinkSync(join(to.work, 'node_modules/.bin/a'))).toBe('../a/index.js');
    expect(readlinkSync(join(to.work, 'node_modules/.bin/python'))).toBe('/usr/bin/python3');
    expect({ files, sizeBytes }).toEqual({ files: 8, sizeBytes: large.length + 1 + 10 + 4 + 1 });
    expect(bytes.length).toBeLessThan(megabyte);
  });

  it('is of the paths that were asked for, without the agent’s own folders and download caches', async () => {
    put(from.work, 'a/kept', 'x');
    put(from.work, 'b/not', 'x');
    put(from.work, 'single', 'x');
    for (const path of ['.codex/sessions/s', '.astraforge/prompt', 'attachments/a/b', '.npm/_cacache/c', '.cache/pip/d'])
      put(from.home, path, 'x');
    for (const path of ['.cache/ms-playwright/e', '.npm/_npx/f', '.local/bin/g']) put(from.home, path, 'x');

    await unpack(await packed(['a', 'single']));

    expect(pathsOf(to.work)).toEqual(['a', 'a/kept', 'single']);
    expect(pathsOf(to.home).filter((path) => /\/.$/.test(path))).toEqual(['.cache/ms-playwright/e', '.local/bin/g', '.npm/_npx/f']);
  });

  it('is not read through a link that took the place of a folder', async () => {
    put(folder, 'secret/file', 'secret');
    symlinkSync(join(folder, 'secret'), join(from.work, 'swapped'));

    const whole = packSetup({ roots: from, paths: ['swapped/file'], maxBytes: megabyte });
    whole.content.on('error', () => undefined).resume();

    await expect(whole.done).rejects.toMatchObject({ code: expect.stringMatching(/ELOOP|ENOTDIR/) });
  });

  it('is not kept when it is too much', async () => {
    put(from.work, 'large', Buffer.alloc(megabyte));

    const whole = packSetup({ roots: from, paths: ['large'], maxBytes: megabyte - 1 });
    whole.content.on('error', () => undefined).resume();

    await expect(whole.done).rejects.toMatchObject({ code: 'setup-snapshot-too-large' });
  });

  it.each([
    ['before it began', (content: Readable) => content.destroy()],
    ['once it began', (content: Readable) => content.once('data', () => content.destroy())],
  ])('lets go of its files when whoever reads it hangs up %s', async (_, hangUp: (content: Readable) => void) => {
    put(from.work, 'large', randomBytes(8 * megabyte));

    const whole = packSetup({ roots: from, paths: ['large'], maxBytes: 64 * megabyte });
    whole.content.on('error', () => undefined);
    hangUp(whole.content);
    const ended = await whole.done.then(
      () => 'packed',
      () => 'given up',
    );

    expect(ended).toBe('given up');
  });

  it.each<[string, (path: string) => void, string | null]>([
    ['grows is kept as it was', (path) => appendFileSync(path, randomBytes(megabyte)), null],
    ['shrinks is not kept', (path) => truncateSync(path, megabyte), 'setup-not-kept'],
  ])('of a file that %s while it is packed', async (_, change, code) => {
    const whole = randomBytes(16 * megabyte);
    put(from.work, 'large', whole);
    const { content, done } = packSetup({ roots: from, paths: ['large'], maxBytes: 64 * megabyte });
    // Nobody reads on until it has changed, so most of it is not read yet.
    const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await chunks.next();
    change(join(from.work, 'large'));
    const bytes: Buffer[] = [first.value];
    const drained = (async () => {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) bytes.push(next.value);
    })().catch(() => undefined);

    const ended = await done.then(
      () => null,
      (error: { code: string }) => error.code,
    );
    await drained;

    expect(ended).toBe(code);
    if (code !== null) return;
    await unpack(Buffer.concat(bytes));
    expect(readFileSync(join(to.work, 'large')).equals(whole)).toBe(true);
  });

  it('leaves files alone that are there already', async () => {
    put(from.work, 'dir/tracked', 'of the snapshot');
    put(from.work, 'dir/new', 'new');
    symlinkSync('new', join(from.work, 'dir', 'link'));
    put(to.work, 'dir/tracked', 'of the commit');
    put(to.work, 'dir/link', 'of the commit');

    await unpack(await packed(['dir']));

    expect(readFileSync(join(to.work, 'dir/tracked'), 'utf8')).toBe('of the commit');
    expect(readFileSync(join(to.work, 'dir/link'), 'utf8')).toBe('of the commit');
    expect(readFileSync(join(to.work, 'dir/new'), 'utf8')).toBe('new');
  });
});

describe('a broken snapshot', () => {
  const first: Forged = { name: 'work/first/file', content: 'first' };

  it.each<[string, Forged[]]>([
    ['goes up', [{ name: 'work/../../escaped', content: 'x' }]],
    ['is absolute', [{ name: '/work/x', content: 'x' }]],
    ['names no root', [{ name: 'etc/passwd', content: 'x' }]],
    ['names a root alone', [{ name: 'work', type: 'directory' }]],
    ['writes into the repository', [{ name: 'work/.git/hooks/pre-commit', content: 'x' }]],
    ['is the repository', [{ name: 'work/.git', type: 'symlink', linkname: '/tmp' }]],
    ['writes the agent’s configuration', [{ name: 'home/.codex/config.toml', content: 'x' }]],
    [
      'is written through its own link',
      [
        { name: 'work/trap', type: 'symlink', linkname: '../..' },
        { name: 'work/trap/escaped', content: 'x' },
      ],
    ],
    [
      'makes a folder of its own link',
      [
        { name: 'work/trap', type: 'symlink', linkname: '../..' },
        { name: 'work/trap', type: 'directory' },
      ],
    ],
    ['is a hard link', [{ name: 'work/hard', type: 'link', linkname: '/etc/passwd' }]],
    ['is a device', [{ name: 'work/device', type: 'character-device', devmajor: 1, devminor: 3 }]],
  ])('of which a path %s is removed again, and nothing is written elsewhere', async (_, entries) => {
    const before = pathsOf(folder);

    await expect(unpack(await forged(first, ...entries))).rejects.toMatchObject({ code: 'setup-snapshot-broken' });

    expect(pathsOf(folder)).toEqual(before);
  });

  it('that leads through a link of the commit writes nothing behind it', async () => {
    put(folder, 'elsewhere/mine', 'mine');
    symlinkSync(join(folder, 'elsewhere'), join(to.work, 'vendor'));

    await expect(unpack(await forged(first, { name: 'work/vendor/theirs', content: 'x' }))).rejects.toMatchObject({
      code: 'setup-snapshot-broken',
    });

    expect(pathsOf(join(folder, 'elsewhere'))).toEqual(['mine']);
    expect(pathsOf(to.work)).toEqual(['vendor']);
  });

  it.each<[string, (whole: Buffer) => Buffer]>([
    ['is empty', () => Buffer.alloc(0)],
    ['is something else', () => Buffer.from('something else, and no archive at all')],
    ['ends early', (whole) => whole.subarray(0, whole.length - 20)],
    ['is an archive that ends early', (whole) => zstdCompressSync(zstdDecompressSync(whole).subarray(0, 200_000))],
    ['was changed', (whole) => Buffer.concat([whole.subarray(0, 40), Buffer.alloc(40), whole.subarray(80)])],
    ['is compressed, and no archive', () => zstdCompressSync(Buffer.alloc(10_000, 'x'))],
  ])('that %s is told, and leaves nothing', async (_, damage) => {
    put(from.work, 'dir/a', Buffer.from(Array.from({ length: 300_000 }, (__, at) => (at * at) % 251)));
    const damaged = damage(await packed(['dir']));

    await expect(unpack(damaged)).rejects.toMatchObject({ code: 'setup-snapshot-broken' });

    expect([pathsOf(to.work), pathsOf(to.home)]).toEqual([[], []]);
  });

  it('that holds more than it may is told', async () => {
    put(from.work, 'dir/a', Buffer.alloc(2 * megabyte));

    await expect(unpack(await packed(['dir']), megabyte)).rejects.toMatchObject({ code: 'setup-snapshot-broken' });

    expect(pathsOf(to.work)).toEqual([]);
  });

  it('is not to blame for a transfer that broke off', async () => {
    put(from.work, 'dir/a', 'a');
    const bytes = await packed(['dir']);
    const content = (async function* () {
      yield bytes.subarray(0, 20);
      throw new Error('terminated');
    })();

    await expect(unpackSetup({ content, roots: to, maxBytes: megabyte })).rejects.toThrow(/^terminated$/);

    expect(pathsOf(to.work)).toEqual([]);
  });
});
