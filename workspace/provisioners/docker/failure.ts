import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { errorCodeOf } from '../../../config/error-code.ts';

/** The HTTP status of a daemon's refusal; null when it did not answer at all. */
export function statusOf(error: unknown): number | null {
  const status = error instanceof Error ? (error as { statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' ? status : null;
}

const unreachable = new Set([
  ...['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EACCES', 'EPERM'],
]);
const unresolved = new Set(['ENOTFOUND', 'EAI_AGAIN']);
/** Codes by which Node and OpenSSL say that the other side is not who it should be. */
const distrusted = /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/;
/** The daemon ends the handshake: what it was shown is not signed by its authority, or it was shown nothing. */
const refusedHandshake = /alert (number|certificate|bad certificate|unknown ca)|ALERT_/i;

/** What a daemon's error means here, with the next action. Whatever is a DomainError already passes. */
export function dockerFailure(stage: string, error: unknown, address: string): DomainError {
  if (error instanceof DomainError) return error;
  const code = errorCodeOf(error) ?? '';
  const said = saidBy(error);
  const fail = (kind: 'transient' | 'permanent', name: string, text: string) =>
    new DomainError(kind, name, `${stage}: ${text}`, { cause: error });
  if ((code === 'EACCES' || code === 'EPERM') && isSocket(address))
    return fail('permanent', 'docker-forbidden', `this user may not use ${address}; join the group docker, or set PROVISIONER=local`);
  if (unreachable.has(code) || /socket hang up/.test(said))
    return fail('transient', 'docker-unreachable', `the Docker daemon at ${address} does not answer; start it${otherwise(address)}`);
  if (unresolved.has(code))
    return fail(
      'transient',
      'docker-unreachable',
      `the host of the Docker daemon at ${address} has no address (${code}); correct DOCKER_HOST or the name server`,
    );
  const trust = trustProblem(error);
  // Certificates are renewed while workspaces live; a start ends with it all the same.
  if (trust !== null) return fail('transient', 'docker-certificate', `the Docker daemon at ${address} ${trust}`);
  if (/no space left on device/i.test(said))
    return fail(
      'transient',
      'docker-disk-full',
      `the disk of the Docker daemon is full (${said}); free space, for example by docker system prune`,
    );
  if (/no such image/i.test(said))
    return fail('transient', 'docker-image', `the workspace image is gone from the daemon (${said}); the next try makes it again`);
  if (/executable file not found|no such file or directory.*exec|exec:.*(no such file|not found)/i.test(said))
    return fail(
      'permanent',
      'docker-image',
      `the workspace image lacks a program (${said}); unset WORKSPACE_IMAGE or add it to that image`,
    );
  return fail('transient', 'docker', `the Docker daemon refused: ${said}`);
}

/** Beside a daemon of another machine nothing else takes its runs over: they go on there. */
function otherwise(address: string): string {
  return isSocket(address) ? ', or set PROVISIONER=local' : ', or its tunnel';
}

function isSocket(address: string): boolean {
  return address.startsWith('/');
}

function saidBy(error: unknown): string {
  return messageOf(error).replace(/\s+/g, ' ').slice(0, 400);
}

/** Why one side of a connection does not trust the other, with the next action; null for every other error. Pure. */
export function trustProblem(error: unknown): string | null {
  const code = errorCodeOf(error) ?? '';
  const said = saidBy(error);
  if (distrusted.test(code))
    return `shows a certificate that ca.pem does not vouch for (${said}); correct DOCKER_HOST, or put the authority of that daemon into DOCKER_CERT_PATH`;
  if (/HTTP request to an HTTPS server/i.test(said))
    return 'speaks TLS; set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem';
  if (!/^(ERR_SSL_|EPROTO)/.test(code)) return null;
  if (refusedHandshake.test(said) || refusedHandshake.test(code))
    return `does not take our certificate (${said}); put one that its authority signed into DOCKER_CERT_PATH`;
  return `does not speak TLS (${said}); correct the port of DOCKER_HOST`;
}
