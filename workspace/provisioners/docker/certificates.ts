import type Docker from 'dockerode';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { Dialing } from './deadline.ts';
import { trustProblem } from './failure.ts';

/** What both sides of a connection are known by. */
interface Certificates {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** The files of DOCKER_CERT_PATH. DomainError `docker-certificate` for those that are missing or no certificates. */
export function readCertificates(folder: string): Certificates {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(folder, name));
    } catch (error) {
      throw unusable(`${join(folder, name)} cannot be read (${messageOf(error)}); put it there, or correct DOCKER_CERT_PATH`, error);
    }
  };
  const files = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  try {
    createSecureContext(files);
    return files;
  } catch (error) {
    throw unusable(
      `ca.pem, cert.pem and key.pem of ${folder} are not a certificate with its key (${messageOf(error)}); make them anew`,
      error,
    );
  }
}

/** Reads the files again whenever one side did not trust the other: the next call has what was put there since. */
export function withFreshCertificates(docker: Docker, folder: string): Docker {
  const modem = docker.modem as Dialing & Partial<Certificates>;
  const dial = modem.dial.bind(modem);
  modem.dial = (call, done) =>
    dial(call, (error, data) => {
      if (error !== null && trustProblem(error) !== null) takeAgain(modem, folder);
      done(error, data);
    });
  return docker;
}

function takeAgain(modem: Partial<Certificates>, folder: string): void {
  try {
    Object.assign(modem, readCertificates(folder));
  } catch (error) {
    // Somebody is putting new ones there: until then the old ones are as good.
    if (!(error instanceof DomainError)) throw error;
  }
}

function unusable(text: string, cause: unknown): DomainError {
  return new DomainError('permanent', 'docker-certificate', `docker: ${text}`, { cause });
}
