import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, Runtime } from '@temporalio/worker';
import type { Config } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { workflowIds, workflowTypes } from '../workflows/contracts/ids.ts';
import { reprojectSignal, slotGrantedSignal } from '../workflows/contracts/messages.ts';
import type { WorkflowPresence } from './housekeeping.ts';

export interface Temporal {
  native: NativeConnection;
  client: Client;
  close(): Promise<void>;
}

/** Routes the SDK's log lines into ours and leaves the signals of the process to us. Once a process. */
export function installRuntime(logger: Logger): void {
  Runtime.install({
    logger: {
      log: (level, message, meta) => write(logger, level, message, meta),
      trace: () => undefined,
      debug: (message, meta) => logger.debug(message, meta),
      info: (message, meta) => write(logger, 'INFO', message, meta),
      warn: (message, meta) => write(logger, 'WARN', message, meta),
      error: (message, meta) => write(logger, 'ERROR', message, meta),
    },
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: 'WARN' } },
  });
}

function write(logger: Logger, level: string, message: string, meta?: Record<string, unknown>): void {
  // What our workers for activities alone are.
  if (message.startsWith('No workflows registered')) return;
  const fields = meta === undefined ? {} : { sdk: summary(meta) };
  if (level === 'ERROR') return logger.error(message, fields);
  if (level === 'WARN') return logger.warn(message, fields);
  // What every activity and workflow does is in our own lines; the SDK's belong to whoever debugs it.
  logger.debug(message, fields);
}

/** Errors and bigints as text, so that a line stays JSON. */
function summary(meta: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta).map(([name, value]) => [
      name,
      value instanceof Error || typeof value === 'bigint' ? String(messageOf(value)) : value,
    ]),
  );
}

const connectEveryMs = 500;

/** Connects, waiting for a server that is not there yet; once connected the SDK reconnects by itself for as long as it takes. */
export async function connectTemporal(address: string, config: Config, logger: Logger): Promise<Temporal> {
  const options = connectionOptions(address, config);
  for (let attempt = 1; ; attempt++) {
    try {
      const [native, connection] = await Promise.all([NativeConnection.connect(options), Connection.connect(options)]);
      const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
      return {
        native,
        client,
        close: async () => {
          await Promise.all([connection.close(), native.close()]);
        },
      };
    } catch (error) {
      if (attempt % 20 === 1) logger.warn('Temporal does not answer yet', { address, reason: messageOf(error) });
      await sleep(connectEveryMs);
    }
  }
}

function connectionOptions(
  address: string,
  config: Config,
): { address: string; apiKey: string | undefined; tls?: NativeConnectionOptions['tls'] } {
  const { TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS_SERVER_NAME: serverNameOverride } = config;
  const { TEMPORAL_TLS_CA_FILE: ca, TEMPORAL_TLS_CERT_FILE: cert, TEMPORAL_TLS_KEY_FILE: key } = config;
  const wantsTls = Boolean(apiKey ?? serverNameOverride ?? ca ?? cert);
  if (!wantsTls) return { address, apiKey };
  const tls = {
    serverNameOverride,
    serverRootCACertificate: ca ? readFileSync(ca) : undefined,
    clientCertPair: cert && key ? { crt: readFileSync(cert), key: readFileSync(key) } : undefined,
  };
  return { address, apiKey, tls };
}

/** Tells a waiting run that it has a slot; a run that is gone needs no telling. */
export function slotSignaller(client: Client): (runId: string) => Promise<void> {
  return async (runId) => {
    try {
      await client.workflow.getHandle(workflowIds.run(runId)).signal(slotGrantedSignal);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}

/** The current run of a workflow id, while it is open; throws when Temporal does not answer. */
export function currentRunReader(client: Client): (workflowId: string) => Promise<string | null> {
  return async (workflowId) => {
    try {
      const { status, runId } = await client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' ? runId : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };
}

/** Open requests by workflow id, each with its current run, as Temporal's list has them: some seconds late. */
export function openRequestsReader(client: Client): () => Promise<Map<string, string>> {
  return async () => {
    const query = `WorkflowType = '${workflowTypes.changeRequest}' AND ExecutionStatus = 'Running'`;
    const open = new Map<string, string>();
    for await (const { workflowId, runId } of client.workflow.list({ query })) open.set(workflowId, runId);
    return open;
  };
}

/** Tells a request to write its projection again; one that is gone needs no telling. */
export function reprojectSignaller(client: Client): (requestId: string) => Promise<void> {
  return async (requestId) => {
    try {
      await client.workflow.getHandle(workflowIds.request(requestId)).signal(reprojectSignal);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
}

/** What Temporal knows of a workflow id; throws when it does not answer. */
export function presenceReader(client: Client): (workflowId: string) => Promise<WorkflowPresence> {
  return async (workflowId) => {
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' ? 'running' : 'closed';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'unknown';
      throw error;
    }
  };
}
