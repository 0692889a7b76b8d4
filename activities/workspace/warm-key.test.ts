import { describe, expect, it } from '@jest/globals';
import type { ProjectRow } from '../../db/projects.ts';
import { FakeProvisioner } from '../testing/fake-provisioner.ts';
import type { HostSettings } from './dependencies.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { warmKey, warmKind } from './warm-key.ts';

const settings = {
  instance: 'i1',
  limits: { memoryBytes: 1, diskBytes: 1, processes: 1, outputBytes: 1 },
  maxFileBytes: 1,
  saveEveryMs: 1,
  model: 'of-the-installation',
  modelPlace: 'gateway',
  egressAllow: ['a.test'],
} as unknown as HostSettings;

const project = (own: object = {}, projectId = 'p1') =>
  ({ projectId, settings: { model: null, egress: { presets: [], allow: [] }, ...own } }) as unknown as ProjectRow;

function recipe(over: Partial<PlaceRecipe> = {}): PlaceRecipe {
  const commit = over.baseCommit ?? 'b'.repeat(40);
  return {
    workspaceId: 'warm-1',
    runId: 'warm-1',
    attempt: 0,
    purpose: 'agent',
    request: { tenantId: 't1', requestId: null, baseBranch: 'main', model: null },
    project: project(),
    prepared: { baseCommit: commit, startCommit: commit, ref: 'refs/heads/main', projectFile: null },
    baseCommit: commit,
    executor: { name: 'codex' },
    session: null,
    setup: null,
    image: null,
    services: [],
    ...over,
  };
}

const kindOf = (over: Partial<PlaceRecipe>) => warmKind({ settings, provisioner: new FakeProvisioner() }, recipe(over));
const keyOf = (over: Partial<PlaceRecipe> = {}, changed: Partial<HostSettings> = {}) =>
  warmKey({ settings: { ...settings, ...changed }, provisioner: new FakeProvisioner() }, recipe(over));

const plain = keyOf();

describe('the key of a warm workspace', () => {
  it('is that of every first run of its project: whose it is, and where, does not count', () => {
    const request = { ...recipe().request, requestId: 'request-1' };

    expect(keyOf({ workspaceId: 'run-1-a1', runId: 'run-1', attempt: 1, request })).toBe(plain);
  });

  it('holds for any commit without a setup, and with one for the commit in which it ran', () => {
    const baseCommit = 'c'.repeat(40);

    expect(keyOf({ baseCommit })).toBe(plain);
    expect(keyOf({ baseCommit, setup: 'npm ci' })).not.toBe(keyOf({ setup: 'npm ci' }));
  });

  it('has a kind that is the same for any commit, and another for another setup', () => {
    const setup = 'npm ci';

    expect(kindOf({ setup, baseCommit: 'c'.repeat(40) })).toBe(kindOf({ setup }));
    expect(kindOf({ setup: 'npm i' })).not.toBe(kindOf({ setup }));
  });

  it.each<[string, Partial<PlaceRecipe>, Partial<HostSettings>?]>([
    ['process of its host', {}, { instance: 'i2' }],
    ['tenant', { request: { ...recipe().request, tenantId: 't2' } }],
    ['project', { project: project({}, 'p2') }],
    ['base branch', { request: { ...recipe().request, baseBranch: 'next' } }],
    ['setup', { setup: 'npm ci' }],
    ['image', { image: 'tools:2' }],
    ['service', { services: [{ name: 'db', image: 'postgres:16', port: 5432, env: {} }] }],
    ['executor', { executor: { name: 'command', command: 'sh' } }],
    ['model of its request', { request: { ...recipe().request, model: 'mine' } }],
    ['model of its project', { project: project({ model: 'ours' }) }],
    ['allowed host of its project', { project: project({ egress: { presets: [], allow: ['b.test'] } }) }],
    ['allowed host of the installation', {}, { egressAllow: [] }],
    ['submodule', { project: project({ submodules: ['../library.git'] }) }],
    ['limit', {}, { limits: { ...settings.limits, memoryBytes: 2 } }],
    ['place of the model', {}, { modelPlace: 'inside' }],
  ])('is another for another %s', (_, over, changed = {}) => {
    expect(keyOf(over, changed)).not.toBe(plain);
  });
});
