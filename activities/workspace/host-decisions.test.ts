import { describe, expect, it } from '@jest/globals';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import { hostWork, type HostView } from './host-decisions.ts';

function row(workspaceId: string, over: Partial<WorkspaceRow> = {}): WorkspaceRow {
  return {
    tenantId: 'default',
    workspaceId,
    requestId: 'r',
    projectId: null,
    warmKey: null,
    readyOffset: 0,
    runId: 'run',
    attempt: 1,
    hostId: 'h1',
    provisioner: 'fake',
    purpose: 'agent',
    state: 'active',
    baseCommit: 'b',
    save: null,
    egressAllow: [],
    modelAllowed: true,
    leaseUntil: new Date(2_000),
    createdAt: new Date(0),
    ...over,
  };
}

function view(over: Partial<HostView>): HostView {
  return { rows: [], local: [], endedRuns: new Set(), attempts: new Map(), watched: () => false, nowMs: 1_000, ...over };
}

const lapsed = new Date(500);
const warm = { state: 'warm', requestId: null, runId: null, projectId: 'p', warmKey: 'k' } as const;
const at = (attempt: number) => new Map([['run', attempt]]);

describe('hostWork', () => {
  it.each<[string, Partial<HostView>, Partial<ReturnType<typeof hostWork>>]>([
    ['destroys a place without a row', { local: ['w'] }, { destroy: ['w'] }],
    [
      'renews an agent that nobody watches, as while a question waits',
      { rows: [row('w', { leaseUntil: lapsed })], local: ['w'] },
      { renew: ['w'] },
    ],
    ['leaves an agent to its watcher', { rows: [row('w')], local: ['w'], watched: () => true }, {}],
    ['leaves a lost place of a working run to its watcher', { rows: [row('w')] }, {}],
    ['destroys the place of an ended run', { rows: [row('w')], local: ['w'], endedRuns: new Set(['run']) }, { destroy: ['w'] }],
    ['destroys the place of an attempt that another one followed', { rows: [row('w')], local: ['w'], attempts: at(2) }, { destroy: ['w'] }],
    [
      'destroys it though its watcher does not know of the other yet',
      { rows: [row('w')], local: ['w'], attempts: at(2), watched: () => true },
      { destroy: ['w'] },
    ],
    [
      'renews the place of the attempt at which its run is',
      { rows: [row('w', { attempt: 2 })], local: ['w'], attempts: at(2) },
      { renew: ['w'] },
    ],
    [
      'keeps checks, which count their places for themselves',
      { rows: [row('w', { purpose: 'checks' })], local: ['w'], attempts: at(2) },
      {},
    ],
    ['keeps an idle place for its time', { rows: [row('w', { state: 'idle', runId: null })], local: ['w'] }, {}],
    ['retires an idle place after its time', { rows: [row('w', { state: 'idle', leaseUntil: lapsed })], local: ['w'] }, { retire: ['w'] }],
    ['retires an idle row whose place is gone', { rows: [row('w', { state: 'idle' })] }, { retire: ['w'] }],
    ['keeps a warm place for its time', { rows: [row('w', { ...warm })], local: ['w'] }, {}],
    ['retires a warm place after its time', { rows: [row('w', { ...warm, leaseUntil: lapsed })], local: ['w'] }, { retire: ['w'] }],
    ['retires a warm row whose place is gone', { rows: [row('w', warm)] }, { retire: ['w'] }],
    ['keeps a place of no request while somebody makes it', { rows: [row('w', { ...warm, state: 'active' })], local: ['w'] }, {}],
    [
      'destroys a place of no request whose maker is gone',
      { rows: [row('w', { ...warm, state: 'active', leaseUntil: lapsed })], local: ['w'] },
      { destroy: ['w'] },
    ],
    ['keeps checks under a lease', { rows: [row('w', { purpose: 'checks' })], local: ['w'] }, {}],
    [
      'destroys checks that nobody waits for',
      { rows: [row('w', { purpose: 'checks', leaseUntil: lapsed })], local: ['w'] },
      { destroy: ['w'] },
    ],
    [
      'destroys a review that nobody waits for',
      { rows: [row('w', { purpose: 'review', leaseUntil: lapsed })], local: ['w'] },
      { destroy: ['w'] },
    ],
  ])('%s', (_name, over, expected) => {
    expect(hostWork(view(over))).toEqual({ destroy: [], retire: [], renew: [], ...expected });
  });
});
