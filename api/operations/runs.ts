import { z } from 'zod';
import { EventListQuery, EventPage, LogEvent, StreamQuery } from '../schemas/events.ts';
import { BlobQuery, Diff, DiffQuery, RunListQuery, RunPage, RunParams, RunSummary } from '../schemas/runs.ts';
import { defineOperation } from './operation.ts';

const tag = 'Runs';
const one = '/api/runs/:runId';

export const listRuns = defineOperation({
  id: 'listRuns',
  method: 'get',
  path: '/api/runs',
  tag,
  summary: 'Lists runs, newest first.',
  query: RunListQuery,
  response: RunPage,
});

export const getRun = defineOperation({
  id: 'getRun',
  method: 'get',
  path: one,
  tag,
  summary: 'Shows a run.',
  params: RunParams,
  response: RunSummary,
  problems: [404],
});

export const listRunEvents = defineOperation({
  id: 'listRunEvents',
  method: 'get',
  path: `${one}/events`,
  tag,
  summary: "Reads the run's part of the log in order.",
  params: RunParams,
  query: EventListQuery,
  response: EventPage,
  problems: [404],
});

export const streamRunEvents = defineOperation({
  id: 'streamRunEvents',
  method: 'get',
  path: `${one}/events/stream`,
  tag,
  summary: "Streams the run's part of the log as server-sent events.",
  params: RunParams,
  query: StreamQuery,
  produces: 'text/event-stream',
  response: LogEvent,
  problems: [404],
});

export const getRunDiff = defineOperation({
  id: 'getRunDiff',
  method: 'get',
  path: `${one}/diff`,
  tag,
  summary: "The diff of the run's checkpoint, or `against` that of another run; with `Accept: text/x-patch` the patch itself.",
  params: RunParams,
  query: DiffQuery,
  response: Diff,
  problems: [404, 409],
});

export const getRunBlob = defineOperation({
  id: 'getRunBlob',
  method: 'get',
  path: `${one}/blob`,
  tag,
  summary: "The bytes of a file before or after the run's change, of a symlink its target; at most 5 MiB.",
  params: RunParams,
  query: BlobQuery,
  produces: 'application/octet-stream',
  response: z.unknown(),
  problems: [404, 409, 413],
});
