import type { RequestHandler } from 'express';
import type { Logger } from '../config/logger.ts';
import type { ArtifactStore } from '../db/artifacts/port.ts';
import type { Database } from '../db/port.ts';
import type { SecretKeys } from '../db/project-secrets.ts';
import type { RunLog } from '../db/run-log/port.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import type { InboundDeliverer } from './inbox/inbound.ts';
import type { ChangeHub } from './streams/changes.ts';
import type { StreamHub } from './streams/hub.ts';
import type { WorkflowGateway } from './workflow-gateway.ts';

/** What the API asks the gateway about repositories; it holds no credential of a forge itself. */
export type Repositories = Pick<GitService, 'inspect' | 'diff' | 'patch' | 'file' | 'paths' | 'projectFile'>;

/** Everything the app is made of. */
export interface ApiDependencies {
  database: Database;
  runLog: RunLog;
  artifacts: ArtifactStore;
  workflows: WorkflowGateway;
  inbound: InboundDeliverer;
  hub: StreamHub;
  changes: ChangeHub;
  repositories: Repositories;
  /** Projects' secrets are sealed with the first of them. */
  projectSecretKeys: SecretKeys;
  /** Throws DomainError `project-file-invalid` for a broken `.astraforge.yml`. */
  checkProjectFile: (text: string) => void;
  logger: Logger;
  /** The start-up token and whom it stands for. */
  identity: { startupToken: string; tenantId: string; principalId: string };
  /** How often an open event stream is asked whether its session still holds, in ms. */
  sessionRecheckMs: number;
  publicUrl: string;
  extraHosts: string[];
  /** Names that projects and requests may choose. */
  forges: readonly string[];
  executors: readonly string[];
  defaultExecutor: string;
  /** Serves the pages and passes on what the API answers; null: the API alone. */
  web: RequestHandler | null;
  /** Models and efforts that submits are offered. */
  models: readonly string[];
  efforts: readonly string[];
  /** What people of this installation must keep in mind, a sentence each. */
  warnings: readonly string[];
  egressPresets: readonly string[];
  /** Name of the model's upstream at the gateway (`demo` for the scripted one); null when the gateway does not answer. */
  modelUpstream: () => Promise<string | null>;
  /** Temporal Web and its namespace, for links. */
  temporalUi: { url: string; namespace: string } | null;
}
