import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { folderPaths } from './layout.ts';
import { openFolderWorkspace } from './workspace.ts';

let folder: string;
let paths: ReturnType<typeof folderPaths>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'af-hostile-'));
  paths = folderPaths(folder);
  mkdirSync(paths.inboxDir, { recursive: true });
  writeFileSync(join(folder, 'victim'), 'untouched');
});

afterEach(() => rmSync(folder, { recursive: true }));

function workspace() {
  return openFolderWorkspace({
    workspaceId: 'w1',
    folder,
    outputBytes: 1024,
    state: () => Promise.resolve({ status: 'running', exitCode: null, reason: null }),
    watchEnd: () => () => Promise.resolve(false),
  });
}

const save = (messageId: string) => ({ messageId, kind: 'save' as const });

/** What a tail of the place's event file ends with. */
async function tailed(): Promise<unknown> {
  try {
    for await (const batch of workspace().tail(0, new AbortController().signal)) return batch;
    return null;
  } catch (error) {
    return error;
  }
}

describe('the private folder of a place that is not trusted', () => {
  it('takes each command once, in order', async () => {
    const place = workspace();

    for (const id of ['a', 'b', 'a']) await place.deliver(save(id));

    expect(readdirSync(paths.inboxDir).sort()).toEqual(['0000000001-a.json', '0000000002-b.json']);
    expect(JSON.parse(readFileSync(join(paths.inboxDir, '0000000002-b.json'), 'utf8'))).toEqual(save('b'));
    expect(readdirSync(folder).sort()).toEqual(['private', 'victim']);
  });

  it('has links in its inbox replaced, not followed', async () => {
    for (const name of [`.a.${process.pid}.tmp`, `.command-a.${process.pid}.tmp`, '0000000001-a.json.tmp'])
      symlinkSync(join(folder, 'victim'), join(paths.inboxDir, name));

    await workspace().deliver(save('a'));

    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
    expect(readFileSync(join(paths.inboxDir, '0000000001-a.json'), 'utf8')).toContain('"save"');
  });

  it.each([
    ['a link to another folder', () => symlinkSync(folder, paths.inboxDir)],
    ['a file', () => writeFileSync(paths.inboxDir, '')],
  ])('gets no command when its inbox is %s', async (_what, make) => {
    rmSync(paths.inboxDir, { recursive: true });
    make();

    const delivering = workspace().deliver(save('a'));

    await expect(delivering).rejects.toMatchObject({ code: 'tampered' });
    expect(readdirSync(folder).sort()).toEqual(['private', 'victim']);
  });

  it.each([
    ['a pipe', () => execFileSync('mkfifo', [paths.eventsFile])],
    ['a link', () => symlinkSync(join(folder, 'victim'), paths.eventsFile)],
    ['a folder', () => mkdirSync(paths.eventsFile)],
  ])('ends its run when its event file is %s', async (_what, make) => {
    make();

    const end = await tailed();

    expect(end).toMatchObject({ code: 'tampered' });
  });
});
