import { CommanderError } from 'commander';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Awaiting, Stage } from '../workflows/contracts/request.ts';

/** What the process exits with; documented in docs/cli.md, stable. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  waiting: 3,
  notFound: 4,
  unreachable: 5,
  denied: 6,
  conflict: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byCode: Readonly<Record<string, ExitCode>> = {
  usage: exitCodes.usage,
  unreachable: exitCodes.unreachable,
  'not-running': exitCodes.unreachable,
  interrupted: exitCodes.interrupted,
};

const byStatus: Readonly<Record<number, ExitCode>> = {
  400: exitCodes.usage,
  401: exitCodes.denied,
  403: exitCodes.denied,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  413: exitCodes.usage,
  422: exitCodes.usage,
  502: exitCodes.unreachable,
  503: exitCodes.unreachable,
  504: exitCodes.unreachable,
};

/** The exit code of a failure: by its code, else by the HTTP status that the API answered (`details.status`). */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (!(error instanceof DomainError)) return exitCodes.failed;

  const status = error.details['status'];
  return byCode[error.code] ?? (typeof status === 'number' ? byStatus[status] : undefined) ?? exitCodes.failed;
}

/** True while only a person can move the request on; waiting for a slot is not that. */
export function waitsForPerson(awaiting: Pick<Awaiting, 'kind'> | null): boolean {
  return awaiting !== null && awaiting.kind !== 'slot';
}

/** How a command that followed a request ends: by its stage, and by what it waits for. */
export function exitCodeOfRequest(request: { stage: Stage; awaiting: Pick<Awaiting, 'kind'> | null }): ExitCode {
  if (request.stage === 'DONE') return exitCodes.ok;
  if (request.stage === 'CANCELLED' || request.stage === 'FAILED') return exitCodes.failed;
  return request.stage === 'BLOCKED' || waitsForPerson(request.awaiting) ? exitCodes.waiting : exitCodes.ok;
}
