import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../config/logger.ts';
import type { ProjectRow } from '../../db/projects.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { FakeGit } from '../testing/fake-git.ts';
import { FakeProvisioner } from '../testing/fake-provisioner.ts';
import { requestInput } from '../testing/samples.ts';
import type { HostSettings } from './dependencies.ts';
import { snapshotSettings } from './snapshot-settings.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { chooseSnapshot } from './setup-snapshot.ts';

const base = 'b'.repeat(40);
const ofAgent = 'a'.repeat(40);

interface Change {
  startCommit?: string;
  services?: PlaceRecipe['services'];
  setup?: string | null;
  image?: string | null;
  baseBranch?: string;
  egress?: string[];
  inputs?: string | null;
  snapshots?: HostSettings['snapshots'];
  fails?: Error;
}

async function choose(change: Change = {}) {
  const git = new FakeGit();
  git.setupDigest = change.inputs === undefined ? '1'.repeat(64) : change.inputs;
  if (change.fails) git.failNext = { setupInputs: change.fails };
  const snapshots = change.snapshots === undefined ? { maxBytes: 1_000, machine: 'linux-x64', image: 'ours' } : change.snapshots;
  const place = {
    request: requestInput({ baseBranch: change.baseBranch ?? 'main' }),
    project: { projectId: 'p1', settings: { egress: { presets: [], allow: change.egress ?? [] } } } as unknown as ProjectRow,
    runId: 'r1',
    workspaceId: 'r1-a1',
    prepared: { baseCommit: base, startCommit: change.startCommit ?? base, ref: 'refs/heads/main', projectFile: null },
    baseCommit: base,
    setup: change.setup === undefined ? 'npm ci' : change.setup,
    image: change.image ?? null,
    services: change.services ?? [],
  } as unknown as PlaceRecipe;
  const settings = { snapshots, egressAllow: ['a.test'] } as unknown as HostSettings;
  const snapshot = await chooseSnapshot(
    { git, provisioner: new FakeProvisioner(), settings, logger: createLogger('test', { silent: true }) },
    place,
  );
  return { snapshot, asked: git.inputs('setupInputs') };
}

describe('the snapshot of a setup that a place may begin with', () => {
  it('is found by the files of the base commit, which is all that is checked out', async () => {
    const { snapshot, asked } = await choose();

    expect(snapshot).toMatchObject({ maxBytes: 1_000 });
    expect(asked).toMatchObject([{ projectId: 'p1', runId: 'r1', commit: base, setup: 'npm ci' }]);
  });

  it('is none where an agent’s work is checked out, as for checks and follow-ups', async () => {
    expect(await choose({ startCommit: ofAgent })).toEqual({ snapshot: null, asked: [] });
  });

  it('is none beside services, which a setup may fill', async () => {
    const services = [{ name: 'db', image: 'postgres:16', port: 5432, env: {} }];

    expect(await choose({ services })).toEqual({ snapshot: null, asked: [] });
  });

  it.each<[string, Change]>([
    ['command', { setup: 'npm ci --omit=dev' }],
    ['lock file', { inputs: '2'.repeat(64) }],
    ['network', { egress: ['b.test'] }],
    ['image of the project', { image: 'node:22' }],
    ['image of the installation', { snapshots: { maxBytes: 1_000, machine: 'linux-x64', image: 'other' } }],
    ['base branch, which an agent may have written', { baseBranch: 'astraforge/work' }],
  ])('is another for another %s', async (_, change) => {
    const { snapshot } = await choose(change);

    expect(snapshot?.key).toMatch(/^[0-9a-f]{64}$/);
    expect(snapshot?.key).not.toBe((await choose()).snapshot?.key);
  });

  it.each<[string, Change]>([
    ['setup', { setup: null }],
    ['lock file', { inputs: null }],
    ['room for snapshots', { snapshots: null }],
    ['gateway that answers', { fails: new DomainError('transient', 'gateway-unreachable', 'gateway: no answer') }],
  ])('is none without a %s', async (_, change) => {
    expect((await choose(change)).snapshot).toBeNull();
  });
});

describe('what snapshots depend on at a host', () => {
  it('is the image that is named, ours by what it is made of, or the machine’s own programs', () => {
    const named = snapshotSettings({ SETUP_SNAPSHOT_BYTES: 5, WORKSPACE_IMAGE: 'node:24' }, 'docker');
    const ours = snapshotSettings({ SETUP_SNAPSHOT_BYTES: 5, WORKSPACE_IMAGE: undefined }, 'docker');
    const local = snapshotSettings({ SETUP_SNAPSHOT_BYTES: 5, WORKSPACE_IMAGE: 'node:24' }, 'local');

    expect(named).toEqual({ maxBytes: 5, machine: `${process.platform}-${process.arch}`, image: 'node:24' });
    expect(ours?.image).toMatch(/^[0-9a-f]{16}$/);
    expect(local?.image).toMatch(/^[0-9a-f]{64}$/);
    expect(snapshotSettings({ SETUP_SNAPSHOT_BYTES: 5, WORKSPACE_IMAGE: undefined }, 'local')).toEqual(local);
  });

  it('is nothing where none are to be kept', () => {
    expect(snapshotSettings({ SETUP_SNAPSHOT_BYTES: 0, WORKSPACE_IMAGE: undefined }, 'local')).toBeNull();
  });
});
