import { readdir, readFile } from 'node:fs/promises';
import { unwrap } from '../../api/client/index.ts';
import type { EventData, EventType, LogEvent } from '../../workflows/contracts/events.ts';
import type { TestSystem } from './system.ts';

/** What people do to a request beside chat and approval. */

export async function decide(system: TestSystem, requestId: string, vote: 'approve' | 'reject', subjectId: string, comment = '') {
  const params = { path: { requestId } };
  return unwrap(system.client.POST('/api/requests/{requestId}/decisions', { params, body: { vote, subjectId, comment } }));
}

export async function amend(system: TestSystem, requestId: string, subjectId: string, text: string) {
  const params = { path: { requestId } };
  return unwrap(system.client.POST('/api/requests/{requestId}/messages', { params, body: { kind: 'amend', subjectId, text } }));
}

export async function answer(system: TestSystem, requestId: string, questionId: string, answers: Record<string, string[]>) {
  const params = { path: { requestId } };
  return unwrap(system.client.POST('/api/requests/{requestId}/answer', { params, body: { questionId, answers } }));
}

export async function cancel(system: TestSystem, requestId: string) {
  const params = { path: { requestId } };
  return unwrap(system.client.POST('/api/requests/{requestId}/cancel', { params, body: { reason: 'not needed any more' } }));
}

export async function merge(system: TestSystem, requestId: string, subjectId: string) {
  const params = { path: { requestId } };
  return unwrap(system.client.POST('/api/requests/{requestId}/merge', { params, body: { subjectId } }));
}

/** The patch of a run's checkpoint, as a browser downloads it. */
export async function patchOf(system: TestSystem, runId: string): Promise<string> {
  const headers = { authorization: `Bearer ${system.system.token}`, accept: 'text/x-patch' };
  const response = await fetch(`${system.system.apiUrl}/api/runs/${runId}/diff`, { headers });
  if (!response.ok) throw new Error(`the patch of ${runId}: ${response.status} ${await response.text()}`);
  return response.text();
}

/** The data of every event of one type, in order. */
export function dataOf<T extends EventType>(events: readonly LogEvent[], type: T): EventData<T>[] {
  return events.filter((event) => event.type === type).map((event) => event.data as EventData<T>);
}

/** Processes of this machine, inside any sandbox too, whose command line, with spaces between its words, matches. */
export async function processesWith(pattern: RegExp): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  // A process may end while it is looked at.
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => pattern.test((lines[index] ?? '').replaceAll('\0', ' ')));
}
