import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../config/logger.ts';
import { makeFolder, makeRepository, plainGit } from '../../gateway/git/testing.ts';
import { takeObjects } from '../../supervisor/pod/objects.ts';
import type { Cluster } from './client.ts';
import { podPaths } from './layout.ts';
import { sendObjects } from './objects.ts';

const root = makeFolder();
const runsDir = join(root.path, 'runs');
const mirror = join(root.path, 'mirror.git');
const plenty = 1024 ** 3;

/** What befalls a stream into the Pod. */
interface Trouble {
  /** The connection breaks once this many bytes came. */
  cutAfter?: number;
  /** Programs that the Pod has. */
  path?: string;
}

/** A cluster whose one Pod is a folder here: its programs are run with that folder in place of the objects folder. */
function folderAsPod(objectsDir: string, trouble: Trouble = {}): Cluster {
  const connect = (path: string, _: unknown, receive: (channel: number, data: Buffer) => boolean): Promise<EventEmitter> => {
    const argv = new URL(path, 'http://pod').searchParams.getAll('command').map((part) => part.replace(podPaths.objectsDir, objectsDir));
    const env = { PATH: trouble.path ?? '/usr/local/bin:/usr/bin:/bin' };
    const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: ['pipe', 'ignore', 'pipe'] });
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (data: Buffer) => receive(2, data));
    let came = 0;
    const socket = Object.assign(new EventEmitter(), {
      ...{ readyState: 1, OPEN: 1 },
      ping: () => undefined,
      send(data: Buffer, done: (error?: Error) => void) {
        if (socket.readyState !== 1) return done(new Error('it is closed'));
        if (data[0] === 255) return void child.stdin.end(done);
        came += data.length - 1;
        if (came > (trouble.cutAfter ?? Number.POSITIVE_INFINITY)) return socket.terminate();
        child.stdin.write(data.subarray(1), () => done());
      },
      terminate() {
        if (socket.readyState !== 1) return;
        socket.readyState = 3;
        child.stdin.end();
        socket.emit('close');
      },
    });
    child.once('close', (code) => {
      const causes = [{ reason: 'ExitCode', message: String(code) }];
      receive(3, Buffer.from(JSON.stringify(code === 0 ? { status: 'Success' } : { status: 'Failure', details: { causes } })));
      socket.terminate();
    });
    return Promise.resolve(socket);
  };
  return { sockets: { connect }, namespace: 'test' } as unknown as Cluster;
}

/** A Pod that has nothing yet, and what became of it once its supervisor took what came. */
async function send(name: string, options: { runId?: string; maxBytes?: number } & Trouble = {}) {
  const gitDir = join(root.path, `${name}.git`);
  plainGit(root.path, ['init', '--quiet', '--bare', '--template=', gitDir]);
  const objectsDir = join(gitDir, 'objects');
  rmSync(objectsDir, { recursive: true });
  mkdirSync(objectsDir);
  const told: string[] = [];
  const logger = createLogger('test', { silent: true });
  logger.warn = ((_: string, { problem }: { problem: string }) => told.push(problem)) as unknown as typeof logger.warn;
  const { runId = 'r1', maxBytes = plenty } = options;
  const folder = await sendObjects({ cluster: folderAsPod(objectsDir, options), pod: 'pod', runsDir, runId, maxBytes, logger });
  await takeObjects(objectsDir, folder);
  return { gitDir, folder, told, files: readdirSync(objectsDir) };
}

const has = (gitDir: string, commit: string): boolean =>
  plainGit(gitDir, ['cat-file', '--batch-check'], { input: `${commit}\n` }).startsWith(`${commit} commit`);

describe('the objects of a run', () => {
  let packed: string;
  let own: string;
  let foreign: string;

  beforeAll(() => {
    const source = makeRepository(join(root.path, 'source'));
    const fetch = (into: string, commit: string, ...config: string[]) => {
      plainGit(root.path, ['init', '--quiet', '--bare', '--template=', into]);
      plainGit(into, [...config, 'fetch', '--quiet', source.path, `+${commit}:refs/heads/main`]);
    };
    packed = source.commit('feat: packed', { 'a.txt': 'a\n', 'large.bin': randomBytes(300_000) });
    fetch(mirror, packed, '-c', 'fetch.unpackLimit=1');
    own = source.commit('feat: loose', { 'b.txt': 'b\n' });
    const run = join(runsDir, 'r1.git');
    plainGit(root.path, ['init', '--quiet', '--bare', '--template=', run]);
    writeFileSync(join(run, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`);
    fetch(run, own);
    foreign = source.commit('feat: of another run', { 'c.txt': 'c\n' });
    fetch(join(runsDir, 'r2.git'), foreign);
  });

  afterAll(() => root.remove());

  it('come whole: its own and those of its mirror, and nothing of another run', async () => {
    const { gitDir, folder, told } = await send('whole');

    expect(folder).toMatch(/^incoming-/);
    expect(plainGit(gitDir, ['rev-list', '--objects', '--count', own]).trim()).toBe('7');
    expect(has(gitDir, foreign)).toBe(false);
    expect(told).toEqual([]);
  });

  it('are as they were', async () => {
    const { gitDir } = await send('same');

    const [pack = ''] = readdirSync(join(mirror, 'objects', 'pack')).filter((file) => file.endsWith('.pack'));
    const [here, there] = [gitDir, mirror].map((dir) => readFileSync(join(dir, 'objects', 'pack', pack)));
    expect(here?.equals(there ?? Buffer.alloc(0))).toBe(true);
  });

  it.each([0, 512, 10_240, 31 * 1024])('are none of them there when the stream broke after %d bytes', async (cutAfter) => {
    const { folder, files, told } = await send(`cut-${cutAfter}`, { cutAfter });

    expect(folder).toBeNull();
    expect(files).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('are left to the door when the image has no tar', async () => {
    const { folder, told } = await send('no-tar', { path: '/nonexistent' });

    expect(folder).toBeNull();
    expect(told).toEqual([expect.stringContaining('in the Pod: ')]);
  });

  it('are left to the door when they are more than the disk of the workspace', async () => {
    const { folder, told } = await send('large', { maxBytes: 1000 });

    expect(folder).toBeNull();
    expect(told).toEqual([expect.stringMatching(/^they take \d+ bytes, and its disk has 1000$/)]);
  });

  it('are none, without a word, where the run is not on this machine', async () => {
    const { folder, told } = await send('elsewhere', { runId: 'r9' });

    expect(folder).toBeNull();
    expect(told).toEqual([]);
  });
});
