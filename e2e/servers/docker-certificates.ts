import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Certificates of a test daemon that listens on loopback, and of those who may speak to it. */
export interface DockerCertificates {
  /** Of the daemon: ca.pem, server.pem, server-key.pem. */
  folder: string;
  /** For DOCKER_CERT_PATH: ca.pem, cert.pem, key.pem. */
  client: string;
}

/** Makes an authority, and a certificate of each side that it signed. Those that are there already stay. */
export function makeCertificates(folder: string): DockerCertificates {
  const client = join(folder, 'client');
  // The last that is made.
  if (existsSync(join(client, 'ca.pem'))) return { folder, client };
  mkdirSync(client, { recursive: true, mode: 0o700 });
  const authority = { key: join(folder, 'ca-key.pem'), certificate: join(folder, 'ca.pem') };
  run(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '3650',
    '-subj',
    '/CN=test authority',
    '-keyout',
    authority.key,
    '-out',
    authority.certificate,
  );
  sign(authority, join(folder, 'server-key.pem'), join(folder, 'server.pem'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
  sign(authority, join(client, 'key.pem'), join(client, 'cert.pem'), 'extendedKeyUsage=clientAuth\n');
  run('x509', '-in', authority.certificate, '-out', join(client, 'ca.pem'));
  return { folder, client };
}

function sign(authority: { key: string; certificate: string }, key: string, certificate: string, extensions: string): void {
  const request = `${key}.csr`;
  writeFileSync(`${key}.ext`, extensions);
  run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=test', '-keyout', key, '-out', request);
  run(
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    authority.certificate,
    '-CAkey',
    authority.key,
    '-CAcreateserial',
    '-days',
    '3650',
    '-extfile',
    `${key}.ext`,
    '-out',
    certificate,
  );
}

function run(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
