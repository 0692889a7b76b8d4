import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { Config } from '../../config/env.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { searchAttributes } from '../../workflows/contracts/search-attributes.ts';

export type TemporalSettings = Pick<
  Config,
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_API_KEY'
  | 'TEMPORAL_TLS_CA_FILE'
  | 'TEMPORAL_TLS_CERT_FILE'
  | 'TEMPORAL_TLS_KEY_FILE'
  | 'TEMPORAL_TLS_SERVER_NAME'
>;

/** `IndexedValueType.KEYWORD` of Temporal's API. */
const keywordType = 2;

/** Options of the SDK's connections (client and worker alike) for an address under the settings. */
function connectionOptions(address: string, settings: TemporalSettings): ConnectionOptions {
  const { TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS_SERVER_NAME: serverName } = settings;
  const caFile = settings.TEMPORAL_TLS_CA_FILE;
  const certFile = settings.TEMPORAL_TLS_CERT_FILE;
  const keyFile = settings.TEMPORAL_TLS_KEY_FILE;
  const wantsTls = Boolean(apiKey ?? serverName ?? caFile ?? certFile);
  return {
    address,
    apiKey,
    tls: wantsTls
      ? {
          serverNameOverride: serverName,
          serverRootCACertificate: caFile ? readFileSync(caFile) : undefined,
          clientCertPair: certFile && keyFile ? { crt: readFileSync(certFile), key: readFileSync(keyFile) } : undefined,
        }
      : undefined,
  };
}

/** One sentence on why the server cannot be used, or null when it answers for the namespace within `timeoutMs`. */
export async function temporalProblem(address: string, settings: TemporalSettings, timeoutMs: number): Promise<string | null> {
  let connection: Connection | null = null;
  try {
    connection = await Connection.connect({ ...connectionOptions(address, settings), connectTimeout: timeoutMs });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + timeoutMs, () =>
      workflowService.describeNamespace({ namespace: settings.TEMPORAL_NAMESPACE }),
    );
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await connection?.close();
  }
}

/** Checks a server that is not ours. DomainError `temporal-unreachable` names address, reason and mend. */
export async function requireTemporal(address: string, settings: TemporalSettings, timeoutMs = 10_000): Promise<void> {
  // The SDK goes on trying for the whole time; a closed port is known at once.
  const problem = (await connectProblem(address, timeoutMs)) ?? (await temporalProblem(address, settings, timeoutMs));
  if (problem === null) return;
  const reason = problem.split('\n')[0]?.replace(/\.$/, '') ?? '';
  throw new DomainError(
    'transient',
    'temporal-unreachable',
    `temporal: ${address} (namespace ${settings.TEMPORAL_NAMESPACE}) does not answer: ${reason}; start that server, correct TEMPORAL_ADDRESS, or unset it to use the embedded one`,
    { details: { address } },
  );
}

function connectProblem(address: string, timeoutMs: number): Promise<string | null> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)), timeout: timeoutMs });
    const settle = (problem: string | null) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => settle(null));
    socket.once('timeout', () => settle('no connection within the time limit'));
    socket.once('error', (error) => settle(error.message));
  });
}

/** Registers what is missing of our search attributes on a server that lets us; answers why not otherwise. */
export async function ensureSearchAttributes(address: string, settings: TemporalSettings): Promise<string | null> {
  let connection: Connection | null = null;
  try {
    connection = await Connection.connect(connectionOptions(address, settings));
    const namespace = settings.TEMPORAL_NAMESPACE;
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(searchAttributes).filter(({ name }) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return null;
    const wanted = Object.fromEntries(missing.map(({ name }) => [name, keywordType]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await connection?.close();
  }
}
