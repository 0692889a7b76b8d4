import type { LogEvent } from '../workflows/contracts/events.ts';
import type { Schemas } from '../api/client/index.ts';

export type Project = Schemas['Project'];
export type NewProject = Schemas['ProjectCreate'];
export type RequestRow = Schemas['RequestSummary'];
export type RequestDetail = Schemas['RequestDetail'];
export type Acceptance = Schemas['ActionResult'];
export type Sent = Schemas['MessageResult'];
export type RehydratedRequest = Schemas['RehydrateResult']['items'][number];
export type Stage = RequestRow['stage'];

/** What the commands need of the API; `api-client.ts` fills it with the typed client. Every failure is a DomainError. */
export interface CliClient {
  /** Where the system answers, without a slash at its end. */
  readonly url: string;
  listProjects(): Promise<Project[]>;
  createProject(input: NewProject): Promise<Project>;
  /** Names, never values. */
  listProjectSecrets(projectId: string): Promise<Schemas['ProjectSecretInfo'][]>;
  setProjectSecret(projectId: string, name: string, value: string): Promise<Schemas['ProjectSecretInfo']>;
  removeProjectSecret(projectId: string, name: string): Promise<Schemas['ProjectSecretDeleted']>;
  submit(input: NewRequest): Promise<Schemas['RequestCreated']>;
  getRequest(requestId: string): Promise<RequestDetail>;
  listRequests(query: RequestQuery): Promise<{ items: RequestRow[]; nextCursor: string | null }>;
  chat(requestId: string, text: string): Promise<Sent>;
  /** Changes requested on what the open gate is about: the words go to the agent. */
  amend(requestId: string, subjectId: string, text: string): Promise<Sent>;
  decide(requestId: string, input: Schemas['DecisionCreate']): Promise<Acceptance>;
  answer(requestId: string, input: Schemas['AnswerCreate']): Promise<Acceptance>;
  cancel(requestId: string, reason: string): Promise<Acceptance>;
  retry(requestId: string, comment: string): Promise<Acceptance>;
  merge(requestId: string, subjectId: string): Promise<Acceptance>;
  /** Takes back a message that waits for its run. */
  withdraw(requestId: string, messageId: string): Promise<Acceptance>;
  /** The patch of a run's checkpoint, as `git apply` takes it; from the checkpoint of another run with `against`. */
  diff(runId: string, against?: string): Promise<string>;
  /** Starts requests again whose workflow is lost; no ids: all open ones. */
  rehydrate(requestIds: readonly string[]): Promise<RehydratedRequest[]>;
  /** Events after `afterSeq`, in order; with `follow` until aborted, across reconnects. */
  events(requestId: string, input: EventsInput): AsyncIterable<LogEvent>;
}

export interface EventsInput {
  afterSeq: number;
  follow: boolean;
  signal: AbortSignal;
  onConnection?: (state: 'connected' | 'reconnecting') => void;
}

export interface NewRequest {
  project: string;
  prompt: string;
  files: { name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> }[];
  executor?: string;
  model?: string;
  effort?: string;
  planFirst?: boolean;
  /** The same key never submits twice. */
  idempotencyKey: string;
}

export interface RequestQuery {
  project?: string;
  stage?: Stage;
  limit: number;
  cursor?: string;
}
