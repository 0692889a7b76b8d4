import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { DockerDaemon } from '../client.ts';
import { containerPlace } from './place.ts';

const mebibyte = 1024 ** 2;
const unwanted = new AbortController().signal;

/** A daemon whose container ended with this in place of its event file. */
function daemonWith(header: Partial<Header>, content?: string): DockerDaemon {
  const tar = pack();
  if (content === undefined) tar.entry({ name: 'events.jsonl', ...header });
  else tar.entry({ name: 'events.jsonl', ...header }, content);
  tar.finalize();
  const container = { getArchive: () => Promise.resolve(Readable.from(tar)) };
  return { docker: { getContainer: () => container }, address: 'test' } as unknown as DockerDaemon;
}

async function restOf(daemon: DockerDaemon, { outputBytes = mebibyte, signal = unwanted } = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of containerPlace(daemon, 'id').rest?.(0, outputBytes, signal) ?? []) lines.push(...batch.lines);
  return lines;
}

describe('the event file of a container that ended', () => {
  it('is read to its last whole line', async () => {
    expect(await restOf(daemonWith({}, 'one\ntwo\nth'))).toEqual(['one', 'two']);
  });

  it.each<[string, DockerDaemon, string]>([
    ['is a link', daemonWith({ type: 'symlink', linkname: '/etc/passwd' }), 'tampered'],
    ['is larger than it may be', daemonWith({}, '\n'.repeat(4 * mebibyte)), 'agent-output-limit'],
  ])('is not read where it %s', async (_, daemon, code) => {
    await expect(restOf(daemon)).rejects.toMatchObject({ kind: 'permanent', code });
  });

  it('is not told to who does not want it any more', async () => {
    expect(await restOf(daemonWith({}, 'one\n'), { signal: AbortSignal.abort() })).toEqual([]);
  });
});
