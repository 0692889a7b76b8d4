import { type ApiClient, unwrap } from '~/lib/api.ts';
import type { LogEvent } from '~/lib/log-event.ts';
import { countCommands, pickRuns, type CommandCount } from './compare.ts';

/** Two runs of a request, and the commands that each of them ran. */
export interface Comparison {
  leftId: string;
  rightId: string;
  commands: { left: CommandCount; right: CommandCount };
}

/** Pages of command events that are read of a run: more commands than in these are not counted. */
const mostPages = 20;

/** Reads what the address asks for; null while the request has no two runs. Throws the problem as a response. */
export async function loadComparison(api: ApiClient, requestId: string, search: URLSearchParams): Promise<Comparison | null> {
  const { runs } = unwrap(await api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }));
  const picked = pickRuns(runs, search.get('left'), search.get('right'));
  if (!picked) return null;
  const { left, right } = picked;
  const [leftCommands, rightCommands] = await Promise.all([readCommands(api, left.runId), readCommands(api, right.runId)]);
  return { leftId: left.runId, rightId: right.runId, commands: { left: leftCommands, right: rightCommands } };
}

async function readCommands(api: ApiClient, runId: string): Promise<CommandCount> {
  const events: LogEvent[] = [];
  let afterSeq = 0;
  for (let page = 0; page < mostPages; page++) {
    const query = { types: 'command.started,command.completed', afterSeq, limit: 1000 };
    const { items, lastSeq, more } = unwrap(await api.GET('/api/runs/{runId}/events', { params: { path: { runId }, query } }));
    events.push(...(items as LogEvent[]));
    afterSeq = lastSeq;
    if (!more) break;
  }
  return countCommands(events);
}
