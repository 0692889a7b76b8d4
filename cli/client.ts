import type { LogEvent } from '../workflows/contracts/events.ts';
import type { Awaiting, CheckResult, MergeRequestRef, RequestStatus, Stage } from '../workflows/contracts/request.ts';

/** What the commands need of the API; `api-client.ts` fills it from the typed client. Every failure is a DomainError. */
export interface ApiClient {
  /** Where the system answers, without a slash at its end. */
  readonly url: string;
  listProjects(): Promise<Project[]>;
  createProject(input: NewProject): Promise<Project>;
  submit(input: NewRequest): Promise<{ requestId: string; state: string }>;
  getRequest(requestId: string): Promise<RequestDetail>;
  listRequests(query: RequestQuery): Promise<{ items: RequestRow[]; nextCursor: string | null }>;
  /** Answers how the message reached the agent: `steered`, `queued`, `carried` or, not yet known, `accepted`. */
  chat(requestId: string, text: string): Promise<{ messageId: string; disposition: string }>;
  decide(requestId: string, input: NewDecision): Promise<Acceptance>;
  answer(requestId: string, input: { questionId: string; answers: Record<string, string[]> }): Promise<Acceptance>;
  cancel(requestId: string, reason: string): Promise<Acceptance>;
  retry(requestId: string, comment: string): Promise<Acceptance>;
  merge(requestId: string, subjectId: string): Promise<Acceptance>;
  /** The unified diff of a run's checkpoint. */
  diff(runId: string): Promise<string>;
  /** Events after `afterSeq`, in order; follows until aborted, across reconnects, when `follow` holds. */
  events(requestId: string, input: { afterSeq: number; follow: boolean; signal: AbortSignal }): AsyncIterable<LogEvent>;
}

export interface Project {
  projectId: string;
  name: string;
  forge: string;
  repositoryKind: string;
  repositoryUrl: string;
  defaultBranch: string;
  checks: { name: string; command: string }[];
}

export interface NewProject {
  name: string;
  repositoryUrl: string;
  defaultBranch?: string;
  checks?: { name: string; command: string }[];
  setup?: string;
}

export interface NewRequest {
  projectId: string;
  prompt: string;
  attachments: { name: string; mediaType: string; contentBase64: string }[];
  executor?: string;
  model?: string;
  effort?: string;
  planFirst?: boolean;
  idempotencyKey: string;
}

export interface RequestQuery {
  projectId?: string;
  stage?: Stage;
  limit: number;
  cursor?: string;
}

export interface RequestRow {
  requestId: string;
  title: string;
  projectName: string;
  stage: Stage;
  awaiting: Awaiting | null;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface RequestDetail extends RequestRow {
  /** Null only until the workflow wrote first. */
  status: RequestStatus | null;
  checks: CheckResult[];
  mergeRequest: MergeRequestRef | null;
}

export interface NewDecision {
  vote: 'approve' | 'reject' | 'changes-requested';
  subjectId: string;
  comment: string;
}

/** `accepted`: stored, and delivered as soon as the workflow can be reached; `delivered`: the workflow has it. */
export interface Acceptance {
  state: string;
  stage: Stage | null;
}
