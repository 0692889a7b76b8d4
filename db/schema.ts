import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { NewEvent } from '../workflows/contracts/events.ts';
import type { Finding } from '../workflows/contracts/finding.ts';
import type { Role } from '../workflows/contracts/principal.ts';
import type {
  AttachmentRef,
  Awaiting,
  CheckResult,
  Checkpoint,
  Decision,
  Gate,
  MergeRequestRef,
  Remark,
  RequestSnapshot,
  Stage,
} from '../workflows/contracts/request.ts';
import type { ProjectSettings } from './project-settings.ts';
import { storableJson } from './storable-json.ts';

/** drizzle's jsonb, which fails on what Postgres cannot store; agents write into many of these. */
const jsonb = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => JSON.stringify(storableJson(value)),
});
const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });
const tenantId = () => text('tenant_id').notNull();
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const createdAt = () => at('created_at').notNull().defaultNow();

/** Tenants; `slots` is how many runs work at once. */
export const tenants = pgTable('tenants', {
  tenantId: text('tenant_id').primaryKey(),
  name: text('name').notNull(),
  slots: integer('slots').notNull().default(2),
  createdAt: createdAt(),
});

export const principals = pgTable(
  'principals',
  {
    tenantId: tenantId(),
    principalId: text('principal_id').notNull(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    roles: jsonb('roles').$type<Role[]>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.principalId] })],
);

export const projects = pgTable(
  'projects',
  {
    tenantId: tenantId(),
    projectId: text('project_id').primaryKey(),
    name: text('name').notNull(),
    forge: text('forge').notNull(),
    repositoryKind: text('repository_kind').$type<'git' | 'folder'>().notNull(),
    repositoryUrl: text('repository_url').notNull(),
    defaultBranch: text('default_branch').notNull(),
    settings: jsonb('settings').$type<ProjectSettings>().notNull(),
    /** Of the settings: a column of its own, so that whoever asks it of every tenant reads nothing else of them. */
    warmWorkspaces: integer('warm_workspaces')
      .notNull()
      .generatedAlwaysAs(sql`coalesce((settings ->> 'warmWorkspaces')::integer, 0)`),
    createdAt: createdAt(),
  },
  (t) => [unique('projects_name').on(t.tenantId, t.name)],
);

/** Secrets that a project's checks get as environment variables, sealed (config/envelope.ts): no value is here in clear. */
export const projectSecrets = pgTable(
  'project_secrets',
  {
    tenantId: tenantId(),
    projectId: text('project_id').notNull(),
    name: text('name').notNull(),
    envelope: text('envelope').notNull(),
    changedBy: text('changed_by').notNull(),
    changedAt: at('changed_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.projectId, t.name] })],
);

/** The projection of a request: written by the workflow's `project` activity, read by lists and closed details. */
export const requests = pgTable(
  'requests',
  {
    tenantId: tenantId(),
    requestId: text('request_id').primaryKey(),
    projectId: text('project_id').notNull(),
    requesterId: text('requester_id').notNull(),
    title: text('title').notNull(),
    stage: text('stage').$type<Stage>().notNull(),
    awaiting: jsonb('awaiting').$type<Awaiting | null>(),
    outcome: text('outcome'),
    epoch: integer('epoch').notNull().default(0),
    version: integer('version').notNull().default(0),
    /** Null only until the workflow's first write. */
    snapshot: jsonb('snapshot').$type<RequestSnapshot | null>(),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    closedAt: at('closed_at'),
  },
  (t) => [
    index('requests_recent').on(t.tenantId, t.createdAt.desc(), t.requestId),
    index('requests_stage').on(t.tenantId, t.stage),
    index('requests_changed').on(t.tenantId, t.updatedAt),
    index('requests_closed').on(t.tenantId, t.closedAt),
  ],
);

/**
 * Words of people to a request. `runId`: the run that carried it; `disposition`: how it reached the agent; `subjectId`: the
 * commit or plan that they are about; `sentAt`: when it went into a workspace, after which it cannot be withdrawn.
 */
export const messages = pgTable(
  'messages',
  {
    tenantId: tenantId(),
    messageId: text('message_id').primaryKey(),
    requestId: text('request_id').notNull(),
    kind: text('kind').$type<'prompt' | 'chat' | 'amend' | 'checks-failed' | 'review' | 'answer'>().notNull(),
    authorId: text('author_id'),
    body: text('body').notNull(),
    attachments: jsonb('attachments').$type<AttachmentRef[]>().notNull().default([]),
    remarks: jsonb('remarks').$type<Remark[]>().notNull().default([]),
    subjectId: text('subject_id'),
    disposition: text('disposition')
      .$type<'accepted' | 'steered' | 'queued' | 'carried' | 'rejected' | 'withdrawn'>()
      .notNull()
      .default('accepted'),
    sentAt: at('sent_at'),
    runId: text('run_id'),
    createdAt: createdAt(),
  },
  (t) => [index('messages_request').on(t.tenantId, t.requestId, t.createdAt)],
);

export const runs = pgTable(
  'runs',
  {
    tenantId: tenantId(),
    runId: text('run_id').primaryKey(),
    requestId: text('request_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    purpose: text('purpose').notNull(),
    status: text('status').$type<'waiting' | 'working' | 'succeeded' | 'failed' | 'cancelled'>().notNull(),
    reason: text('reason'),
    message: text('message').notNull().default(''),
    attempts: integer('attempts').notNull().default(0),
    baseCommit: text('base_commit'),
    checkpoint: jsonb('checkpoint').$type<Checkpoint | null>(),
    checks: jsonb('checks').$type<CheckResult[]>().notNull().default([]),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('runs_request').on(t.tenantId, t.requestId, t.ordinal),
    index('runs_recent').on(t.tenantId, t.createdAt.desc()),
    index('runs_ended').on(t.tenantId, t.endedAt),
  ],
);

/** A place on a machine. The gateway reads tenant, request and current run of a token's workspace here. */
export const workspaces = pgTable(
  'workspaces',
  {
    tenantId: tenantId(),
    workspaceId: text('workspace_id').primaryKey(),
    /** Null of one that was made for a first run to come, until that takes it. */
    requestId: text('request_id'),
    /** Null while idle or warm: then its token opens nothing. */
    runId: text('run_id'),
    attempt: integer('attempt').notNull(),
    hostId: text('host_id').notNull(),
    provisioner: text('provisioner').notNull(),
    purpose: text('purpose').$type<'agent' | 'checks' | 'review'>().notNull(),
    /** `idle`: kept for a follow-up of its request; `warm`: kept for the first run of any request of its project. */
    state: text('state').$type<'active' | 'idle' | 'warm' | 'ended'>().notNull(),
    /** Of one that was made before its request: for which project, and a hash of all that it was made of. */
    projectId: text('project_id'),
    warmKey: text('warm_key'),
    /** Of one that waits or waited so: how far its event file went when it was ready, bytes. */
    readyOffset: bigint('ready_offset', { mode: 'number' }).notNull().default(0),
    /** Commit the workspace was made from, and its base: where finalising starts. */
    baseCommit: text('base_commit').notNull(),
    /** Last save within a turn: where the next attempt resumes. */
    save: jsonb('save').$type<{
      commit: string;
      bundleArtifactId: string;
      sessionArtifactId: string | null;
      threadId: string | null;
    } | null>(),
    /** Hosts (`name` or `*.name`, with port) that egress allows. */
    egressAllow: jsonb('egress_allow').$type<string[]>().notNull().default([]),
    /** False for checks: no model behind its token. */
    modelAllowed: boolean('model_allowed').notNull().default(true),
    leaseUntil: at('lease_until').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index('workspaces_run').on(t.tenantId, t.runId),
    index('workspaces_host').on(t.hostId, t.state),
    index('workspaces_warm')
      .on(t.tenantId, t.warmKey)
      .where(sql`state = 'warm'`),
  ],
);

export const hosts = pgTable('hosts', {
  hostId: text('host_id').primaryKey(),
  name: text('name').notNull(),
  provisioner: text('provisioner').notNull(),
  heartbeatAt: at('heartbeat_at').notNull().defaultNow(),
});

/** Gateways that live: how each is reached, until when that holds. */
export const gateways = pgTable('gateways', {
  gatewayId: text('gateway_id').primaryKey(),
  /** Another one at each start of its process. */
  instance: text('instance').notNull(),
  /** `unix:/path` or an http URL. */
  serviceUrl: text('service_url').notNull(),
  doorSocket: text('door_socket').notNull(),
  /** Which folder its repositories are in. */
  folderId: text('folder_id').notNull(),
  startedAt: at('started_at').notNull().defaultNow(),
  leaseUntil: at('lease_until').notNull(),
});

/** Up to which byte a workspace's event file is in the run log. */
export const tailOffsets = pgTable('tail_offsets', {
  tenantId: tenantId(),
  workspaceId: text('workspace_id').primaryKey(),
  nextOffset: bigint('next_offset', { mode: 'number' }).notNull().default(0),
});

/** The narrow counter that orders a request's events. */
export const eventCounters = pgTable('event_counters', {
  tenantId: tenantId(),
  requestId: text('request_id').primaryKey(),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull().default(0),
});

/** The run log, partitioned by month of the request's or run's creation (`partition_at`). */
export const events = pgTable(
  'events',
  {
    tenantId: tenantId(),
    requestId: text('request_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    runId: text('run_id'),
    attempt: integer('attempt'),
    type: text('type').$type<NewEvent['type']>().notNull(),
    data: jsonb('data').$type<unknown>().notNull(),
    emittedAt: at('emitted_at').notNull(),
    partitionAt: at('partition_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.requestId, t.seq, t.partitionAt] }), index('events_run').on(t.runId, t.seq)],
);

/** Which control-plane appends were done, so that a retried activity adds nothing. */
export const eventAppends = pgTable(
  'event_appends',
  { tenantId: tenantId(), requestId: text('request_id').notNull(), dedupeKey: text('dedupe_key').notNull() },
  (t) => [primaryKey({ columns: [t.requestId, t.dedupeKey] })],
);

/** Everything inbound before anything else happens with it; unique by tenant, source and delivery id. */
export const inbox = pgTable(
  'inbox',
  {
    tenantId: tenantId(),
    inboxId: text('inbox_id').primaryKey(),
    source: text('source').notNull(),
    deliveryId: text('delivery_id').notNull(),
    requestId: text('request_id').notNull(),
    kind: text('kind').notNull(),
    payload: jsonb('payload').$type<unknown>().notNull(),
    state: text('state').$type<'pending' | 'delivered' | 'rejected'>().notNull().default('pending'),
    /** Why the workflow refused it, for the sender. */
    rejection: jsonb('rejection').$type<{ code: string; message: string } | null>(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: at('next_attempt_at').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('inbox_delivery').on(t.tenantId, t.source, t.deliveryId),
    index('inbox_pending')
      .on(t.nextAttemptAt)
      .where(sql`state = 'pending'`),
  ],
);

/** Leases on a tenant's places at work, and the queue for them (`granted_at` null). */
export const slots = pgTable(
  'slots',
  {
    tenantId: tenantId(),
    holder: text('holder').primaryKey(),
    queuedAt: at('queued_at').notNull().defaultNow(),
    grantedAt: at('granted_at'),
    leaseUntil: at('lease_until'),
  },
  (t) => [index('slots_tenant').on(t.tenantId, t.grantedAt, t.queuedAt)],
);

export const gates = pgTable(
  'gates',
  {
    tenantId: tenantId(),
    gateId: text('gate_id').primaryKey(),
    requestId: text('request_id').notNull(),
    gate: jsonb('gate').$type<Gate>().notNull(),
    status: text('status').notNull(),
    openedAt: at('opened_at').notNull(),
  },
  (t) => [index('gates_request').on(t.tenantId, t.requestId)],
);

export const decisions = pgTable('decisions', {
  tenantId: tenantId(),
  decisionId: text('decision_id').primaryKey(),
  requestId: text('request_id').notNull(),
  gateId: text('gate_id').notNull(),
  subjectId: text('subject_id').notNull(),
  decision: jsonb('decision').$type<Decision>().notNull(),
  createdAt: createdAt(),
});

export const mergeRequests = pgTable(
  'merge_requests',
  {
    tenantId: tenantId(),
    mergeRequestId: text('merge_request_id').primaryKey(),
    requestId: text('request_id').notNull(),
    projectId: text('project_id').notNull(),
    forge: text('forge').notNull(),
    number: integer('number').notNull(),
    title: text('title').notNull(),
    description: text('description').notNull(),
    ref: jsonb('ref').$type<MergeRequestRef>().notNull(),
    state: text('state').$type<'open' | 'merged' | 'closed'>().notNull(),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('merge_requests_number').on(t.tenantId, t.projectId, t.number),
    index('merge_requests_request').on(t.tenantId, t.requestId),
  ],
);

export const reviews = pgTable('reviews', {
  tenantId: tenantId(),
  reviewId: text('review_id').primaryKey(),
  requestId: text('request_id').notNull(),
  commit: text('commit').notNull(),
  status: text('status').$type<'working' | 'completed' | 'failed'>().notNull(),
  verdict: text('verdict'),
  summary: text('summary').notNull().default(''),
  findings: jsonb('findings').$type<Finding[]>().notNull().default([]),
  createdAt: createdAt(),
});

/** Remarks on a local merge request, by the bot or a person; the local forge's own table. */
export const mergeRequestNotes = pgTable(
  'merge_request_notes',
  {
    tenantId: tenantId(),
    noteId: text('note_id').primaryKey(),
    mergeRequestId: text('merge_request_id').notNull(),
    author: text('author').notNull(),
    fingerprint: text('fingerprint').notNull(),
    path: text('path'),
    line: integer('line'),
    body: text('body').notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('merge_request_notes_once').on(t.mergeRequestId, t.fingerprint)],
);

/** One call of a model: written before it is forwarded, settled after. */
export const llmCalls = pgTable(
  'llm_calls',
  {
    tenantId: tenantId(),
    callId: text('call_id').primaryKey(),
    requestId: text('request_id').notNull(),
    runId: text('run_id'),
    workspaceId: text('workspace_id').notNull(),
    model: text('model').notNull(),
    upstream: text('upstream').notNull(),
    state: text('state').$type<'started' | 'completed' | 'failed' | 'aborted'>().notNull(),
    status: integer('status'),
    error: text('error'),
    inputTokens: bigint('input_tokens', { mode: 'number' }),
    cachedInputTokens: bigint('cached_input_tokens', { mode: 'number' }),
    outputTokens: bigint('output_tokens', { mode: 'number' }),
    /** The most that the call is taken to use: held of its request's budget until the call has ended or `lease_until` has passed. */
    reservedTokens: bigint('reserved_tokens', { mode: 'number' }),
    leaseUntil: at('lease_until'),
    /** What the ended call is charged; null for one that nobody settled, which is charged what it reserved, and before there was a budget. */
    countedTokens: bigint('counted_tokens', { mode: 'number' }),
    startedAt: at('started_at').notNull().defaultNow(),
    firstByteAt: at('first_byte_at'),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('llm_calls_run').on(t.tenantId, t.runId),
    index('llm_calls_request').on(t.tenantId, t.requestId),
    // What the housekeeper looks for: few rows, however long the history.
    index('llm_calls_open')
      .on(t.startedAt)
      .where(sql`state = 'started'`),
  ],
);

/** Artifacts by content: `sha256` is unique within a tenant, bytes in chunks of 1 MiB. */
export const artifacts = pgTable(
  'artifacts',
  {
    tenantId: tenantId(),
    artifactId: text('artifact_id').primaryKey(),
    kind: text('kind').notNull(),
    mediaType: text('media_type').notNull(),
    sha256: text('sha256').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('artifacts_content').on(t.tenantId, t.kind, t.sha256)],
);

export const artifactChunks = pgTable(
  'artifact_chunks',
  {
    tenantId: tenantId(),
    artifactId: text('artifact_id').notNull(),
    position: integer('position').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.artifactId, t.position] })],
);

/**
 * What a request's branch at the forge was pushed to: begun before, pushed after. The last pushed one is what the next push leases against.
 */
export const pushes = pgTable(
  'pushes',
  {
    tenantId: tenantId(),
    requestId: text('request_id').notNull(),
    branch: text('branch').notNull(),
    commit: text('commit').notNull(),
    begunAt: at('begun_at').notNull().defaultNow(),
    pushedAt: at('pushed_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.requestId, t.branch, t.commit] })],
);

/** What a keyed POST answered, so that its repetition answers the same. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: tenantId(),
    principalId: text('principal_id').notNull(),
    key: text('key').notNull(),
    bodyHash: text('body_hash').notNull(),
    status: integer('status'),
    response: jsonb('response').$type<unknown>(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.principalId, t.key] })],
);

/** Who did what, for people: one row a visible act. */
export const activity = pgTable(
  'activity',
  {
    tenantId: tenantId(),
    activityId: text('activity_id').primaryKey(),
    requestId: text('request_id'),
    actor: text('actor').notNull(),
    verb: text('verb').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('activity_recent').on(t.tenantId, t.createdAt.desc(), t.activityId)],
);

/** Prompts that people keep for others: of the tenant, or of one project (`projectId`). */
export const promptTemplates = pgTable(
  'prompt_templates',
  {
    tenantId: tenantId(),
    templateId: text('template_id').primaryKey(),
    name: text('name').notNull(),
    body: text('body').notNull(),
    projectId: text('project_id'),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('prompt_templates_name').on(t.tenantId, sql`coalesce(${t.projectId}, '')`, t.name)],
);

/** Browser sessions that were signed out before they expired; a session is good unless it is here. */
export const endedSessions = pgTable('ended_sessions', {
  tenantId: tenantId(),
  sessionId: text('session_id').primaryKey(),
  expiresAt: at('expires_at').notNull(),
});
