import { z } from 'zod';
import {
  Attachment,
  AttachmentDownloadQuery,
  AttachmentParams,
  AttachmentQuery,
  ChatCreate,
  ChatResult,
  Health,
  MergeRequestDetail,
  MergeRequestListQuery,
  MergeRequestPage,
  MergeRequestParams,
  Readiness,
} from '../schemas/others.ts';
import { defineOperation } from './operation.ts';

export const uploadAttachment = defineOperation({
  id: 'uploadAttachment',
  method: 'post',
  path: '/api/attachments',
  tag: 'Attachments',
  summary: 'Stores a file (the raw body) for a prompt or message.',
  query: AttachmentQuery,
  consumes: 'application/octet-stream',
  response: Attachment,
  statuses: { 201: 'Stored.' },
  problems: [413],
});

export const getAttachment = defineOperation({
  id: 'getAttachment',
  method: 'get',
  path: '/api/attachments/:artifactId',
  tag: 'Attachments',
  summary: "The bytes of an attachment, or of a long event's body (`data.artifactId`); images by their type, all else as a file.",
  params: AttachmentParams,
  query: AttachmentDownloadQuery,
  produces: 'application/octet-stream',
  response: z.unknown(),
  problems: [404],
});

export const postChat = defineOperation({
  id: 'postChat',
  method: 'post',
  path: '/api/chat',
  tag: 'Chat',
  summary: 'For chat integrations: starts a request in a project, or adds a message to a request; once per deliveryId.',
  body: ChatCreate,
  response: ChatResult,
  statuses: { 200: 'Delivered.', 201: 'A request was made.', 202: 'Accepted; delivered as soon as the workflow can take it.' },
  problems: [404, 409],
});

export const listMergeRequests = defineOperation({
  id: 'listMergeRequests',
  method: 'get',
  path: '/api/merge-requests',
  tag: 'Merge requests',
  summary: 'Lists merge requests, newest first.',
  query: MergeRequestListQuery,
  response: MergeRequestPage,
});

export const getMergeRequest = defineOperation({
  id: 'getMergeRequest',
  method: 'get',
  path: '/api/merge-requests/:mergeRequestId',
  tag: 'Merge requests',
  summary: 'Shows a merge request with its notes and review findings.',
  params: MergeRequestParams,
  response: MergeRequestDetail,
  problems: [404],
});

export const getOpenApi = defineOperation({
  id: 'getOpenApi',
  method: 'get',
  path: '/api/openapi.json',
  tag: 'Documentation',
  summary: 'This document.',
  response: z.record(z.string(), z.unknown()),
});

export const getDocs = defineOperation({
  id: 'getDocs',
  method: 'get',
  path: '/api/docs',
  tag: 'Documentation',
  summary: 'This document as a page.',
  produces: 'text/html',
  response: z.string(),
});

export const getDocsAsset = defineOperation({
  id: 'getDocsAsset',
  method: 'get',
  path: '/api/docs/:asset',
  tag: 'Documentation',
  summary: 'A file of the documentation page.',
  params: z.object({ asset: z.string() }),
  produces: 'application/octet-stream',
  response: z.unknown(),
  problems: [404],
});

export const getHealth = defineOperation({
  id: 'getHealth',
  method: 'get',
  path: '/healthz',
  tag: 'Health',
  summary: 'The process lives.',
  response: Health,
});

export const getReadiness = defineOperation({
  id: 'getReadiness',
  method: 'get',
  path: '/readyz',
  tag: 'Health',
  summary: 'The process can serve: the database answers. Temporal may be away.',
  response: Readiness,
  problems: [503],
});
