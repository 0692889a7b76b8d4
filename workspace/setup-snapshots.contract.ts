import { describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { Provisioner } from './port.ts';
import type { TestDoor } from './testing/door.ts';
import { dataOf, testJob, testTurn, textOf, watchTurn } from './testing/harness.ts';

/** Installs what no second setup would make again, in the checkout and in HOME, and says that it ran. */
const setup = [
  'echo ran',
  'mkdir -p deps/bin "$HOME/.local"',
  'head -c 16 /dev/urandom | od -An -tx1 > deps/made',
  `printf '#!/bin/sh\\necho a tool\\n' > deps/bin/tool`,
  'chmod 750 deps/bin/tool',
  'ln -s bin/tool deps/link',
  'cp deps/made "$HOME/.local/made"',
].join(' && ');
const look = 'cat deps/made "$HOME/.local/made"; deps/link; stat -c %a deps/bin/tool; git status --porcelain';

/** An archive that no setup made. */
async function forged(...entries: (Partial<Header> & Pick<Header, 'name'>)[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) tar.entry(entry, entry.type === 'symlink' ? '' : 'forged');
  tar.finalize();
  return zstdCompressSync(await buffer(tar));
}

/** Every provisioner that isolates runs this: snapshots of setups, kept and used. */
export function describeSetupSnapshots(subject: () => { door: TestDoor; provisioner: Provisioner }): void {
  describe('what a setup made', () => {
    /** A workspace whose agent looks at what it begins with. */
    async function open(
      workspaceId: string,
      key: string,
      { command = look, isOfAgent = false }: { command?: string; isOfAgent?: boolean } = {},
    ) {
      const { door, provisioner } = subject();
      const commit = door.commit({ '.gitignore': 'deps/\n' });
      const job = testJob(commit, {
        workspaceId,
        executor: { name: 'command', command },
        setup,
        snapshot: isOfAgent ? null : { key: key.repeat(64), maxBytes: 1024 ** 2 },
      });
      const workspace = await provisioner.create({ job, runToken: door.runToken });
      await workspace.deliver(testTurn('m1', 'x'));
      const { seen, end } = await watchTurn(workspace);
      await provisioner.destroy(workspaceId);
      expect(end).toMatchObject({ status: 'completed', reason: null });
      const warnings = dataOf(seen, 'warning').map(({ message }) => message);
      return { setup: textOf(seen, 'setup.output'), found: textOf(seen, 'agent.delta'), tree: end.tipCommit === commit, warnings };
    }

    it('is what the next workspace of the same key begins with, modes and links too, and no setup runs; another key runs it', async () => {
      const first = await open('setup-first', 'a');
      const second = await open('setup-second', 'a');
      const another = await open('setup-another', 'b');

      expect(first.setup).toMatch(/^ran\nsetup: what it made was kept for the next workspace as snapshot a{12} \(.* MB, .* ms\)\n$/);
      expect(second.setup).toMatch(/^setup: the snapshot a{12} of an earlier one was used instead of running it \(.* MB, .* ms\)\n$/);
      expect(first.found).toMatch(/^( [0-9a-f ]+\n)\1a tool\n750\n$/);
      expect(second).toMatchObject({ found: first.found, tree: true, warnings: [] });
      expect(another.setup).toMatch(/^ran\n/);
      expect(another.found).not.toBe(first.found);
    });

    it('is neither used nor kept by a place that begins with an agent’s work', async () => {
      const alone = await open('setup-alone', 'c', { isOfAgent: true });
      const kept = subject().door.snapshots.has('c'.repeat(64));
      await open('setup-base', 'c');
      const after = await open('setup-after', 'c', { isOfAgent: true });

      expect(alone.setup).toBe('ran\n');
      expect(kept).toBe(false);
      expect(after.setup).toBe('ran\n');
    });

    it('is made anew where its snapshot is broken, which is thrown away', async () => {
      const { snapshots } = subject().door;
      await open('setup-whole', 'd');
      const whole = snapshots.get('d'.repeat(64)) ?? Buffer.alloc(0);
      snapshots.set('d'.repeat(64), whole.subarray(0, whole.length - 8));

      const mended = await open('setup-mended', 'd');
      const next = await open('setup-next', 'd');

      expect(mended.setup).toMatch(/^ran\nsetup: what it made was kept/);
      expect(mended.warnings).toEqual([expect.stringContaining('setup: the snapshot of an earlier one was not used, so it is run: ')]);
      expect(next.setup).toContain('was used');
      expect(next.found).toBe(mended.found);
    });

    it.each<[string, string, (Partial<Header> & Pick<Header, 'name'>)[]]>([
      ['by a link of its own', '1', [{ name: 'work/deps', type: 'symlink', linkname: '/home/agent' }, { name: 'work/deps/trapped' }]],
      ['by a path that goes up', '2', [{ name: 'home/../trapped' }]],
      ['into the repository', '3', [{ name: 'work/.git/hooks/trapped' }]],
    ])('stays inside when a forged snapshot leads out of it %s', async (_, key, entries) => {
      subject().door.snapshots.set(key.repeat(64), await forged({ name: 'work/trapped' }, ...entries));

      const command = `find . "$HOME" /home /tmp -name 'trapped*' 2>/dev/null; ${look}`;
      const { setup: said, found, warnings, tree } = await open(`setup-trap-${key}`, key, { command });

      expect(said).toMatch(/^ran\n/);
      expect(found).toMatch(/^( [0-9a-f ]+\n)\1a tool\n750\n$/);
      expect(warnings).toEqual([expect.stringContaining('the snapshot is broken')]);
      expect(tree).toBe(true);
    });
  });
}
