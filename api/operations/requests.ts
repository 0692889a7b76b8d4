import { z } from 'zod';
import { EventListQuery, EventPage, LogEvent, MultiStreamQuery, RequestChange, StreamQuery } from '../schemas/events.ts';
import {
  ActionResult,
  AnswerCreate,
  CancelCreate,
  DecisionCreate,
  MergeCreate,
  MessageCreate,
  MessageParams,
  MessageResult,
  RequestCreate,
  RequestCreated,
  RequestDetail,
  RequestListQuery,
  RequestPage,
  RequestParams,
  RetryCreate,
} from '../schemas/requests.ts';
import { defineOperation } from './operation.ts';

const tag = 'Requests';
const one = '/api/requests/:requestId';
const inboundStatuses = { 200: 'Delivered to the workflow.', 202: 'Accepted; delivered as soon as the workflow can take it.' };
const inbound = { method: 'post', tag, params: RequestParams, statuses: inboundStatuses, problems: [404, 409], keyed: true } as const;

export const submitRequest = defineOperation({
  id: 'submitRequest',
  method: 'post',
  path: '/api/requests',
  tag,
  summary: 'Submits a prompt.',
  body: RequestCreate,
  response: RequestCreated,
  statuses: { 201: 'Created; its workflow runs.', 202: 'Created; its workflow starts as soon as it can.' },
  keyed: true,
});

export const listRequests = defineOperation({
  id: 'listRequests',
  method: 'get',
  path: '/api/requests',
  tag,
  summary: 'Lists requests, newest first.',
  query: RequestListQuery,
  response: RequestPage,
});

export const getRequest = defineOperation({
  id: 'getRequest',
  method: 'get',
  path: one,
  tag,
  summary: 'Shows everything about one request.',
  params: RequestParams,
  response: RequestDetail,
  problems: [404],
});

export const postMessage = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'postMessage',
  path: `${one}/messages`,
  summary: 'Adds a message: chat, or an amendment that closes the gate with changes requested.',
  body: MessageCreate,
  response: MessageResult,
});

export const withdrawMessage = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'withdrawMessage',
  method: 'delete',
  path: `${one}/messages/:messageId`,
  params: MessageParams,
  summary: 'Withdraws a message that waits for its run; 409 once the agent may have it.',
  response: ActionResult,
});

export const postDecision = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'postDecision',
  path: `${one}/decisions`,
  summary: 'Votes on the open gate.',
  body: DecisionCreate,
  response: ActionResult,
});

export const postAnswer = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'postAnswer',
  path: `${one}/answer`,
  summary: "Answers the agent's question.",
  body: AnswerCreate,
  response: ActionResult,
});

export const cancelRequest = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'cancelRequest',
  path: `${one}/cancel`,
  summary: 'Ends the request and whatever runs for it.',
  body: CancelCreate,
  response: ActionResult,
});

export const retryRequest = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'retryRequest',
  path: `${one}/retry`,
  summary: 'Runs a blocked request again.',
  body: RetryCreate,
  response: ActionResult,
});

export const mergeRequestOfRequest = defineOperation({
  ...inbound,
  problems: [...inbound.problems],
  id: 'mergeRequest',
  path: `${one}/merge`,
  summary: "Merges the request's merge request (local forge).",
  body: MergeCreate,
  response: ActionResult,
});

export const listRequestEvents = defineOperation({
  id: 'listRequestEvents',
  method: 'get',
  path: `${one}/events`,
  tag,
  summary: "Reads the request's log in order.",
  params: RequestParams,
  query: EventListQuery,
  response: EventPage,
  problems: [404],
});

export const streamRequestEvents = defineOperation({
  id: 'streamRequestEvents',
  method: 'get',
  path: `${one}/events/stream`,
  tag,
  summary: "Streams the request's log as server-sent events; `id` is the event's seq, `data` a LogEvent.",
  params: RequestParams,
  query: StreamQuery,
  produces: 'text/event-stream',
  response: LogEvent,
  problems: [404],
});

export const streamManyRequests = defineOperation({
  id: 'streamManyRequests',
  method: 'get',
  path: '/api/stream',
  tag,
  summary: 'Streams the logs of several requests over one connection; with `changes` also which requests of the tenant changed.',
  query: MultiStreamQuery,
  produces: 'text/event-stream',
  response: z.union([LogEvent, RequestChange]),
  problems: [404],
});
