import type { V1Container } from '@kubernetes/client-node';
import { inside } from '../host-folder/inside.ts';
import { plainContainer, resourcesOf } from './container-parts.ts';

const mebibyte = 1024 ** 2;

/** Name of the container that comes before all others of a Pod with services. */
export const guardName = 'network';

/** How long a cluster may take to apply the policy to a new Pod. */
export const policyMs = 20_000;

/**
 * Ends with 0 once nothing answers any more; with 1, and what still answers as its last message, after the patience of the first argument.
 */
const program = `
const net = require('node:net');
const [patience, ...named] = process.argv.slice(1);
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, NODE_ADDRESS: node } = process.env;
const targets = [...named, ...(host && port ? [host + ':' + port] : []), ...(node ? [node + ':10250'] : [])];
const reaches = (target) => new Promise((resolve) => {
  const at = target.lastIndexOf(':');
  const socket = net.connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
  const end = (answer) => { socket.destroy(); resolve(answer); };
  socket.setTimeout(1500, () => end(false));
  socket.once('connect', () => end(true));
  socket.once('error', () => end(false));
});
const deadline = Date.now() + Number(patience);
(async function look() {
  const answers = await Promise.all(targets.map(reaches));
  const reached = targets.filter((_, index) => answers[index]);
  if (reached.length === 0) process.exit(0);
  if (Date.now() < deadline) return void setTimeout(look, 200);
  require('node:fs').writeFileSync('/dev/termination-log', reached.join(', '));
  process.exit(1);
})();
`;

/** What no program of a workspace may reach, beside its node and the API server as it is known inside. Pure. */
export function forbiddenAddresses(server: string): string[] {
  const { hostname, port, protocol } = new URL(server);
  return [`${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`, '169.254.169.254:80', '1.1.1.1:443'];
}

/**
 * What a Pod begins with where programs of a project's choice are among its containers: those start with the Pod, before its supervisor can
 * look around, so that the proof that nothing is reached comes before them. Pure.
 */
export function guard(image: string, server: string): V1Container {
  const container = firstContainer(image, guardName);
  return {
    ...container,
    command: [inside.node, '-e', program, String(policyMs), ...forbiddenAddresses(server)],
    env: [...(container.env ?? []), { name: 'NODE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
  };
}

/** A container of the workspace's image that only looks or makes folders, before the others start. Pure. */
export function firstContainer(image: string, name: string): V1Container {
  return plainContainer(image, name, resourcesOf({ cpus: 1, memoryBytes: 256 * mebibyte, diskBytes: 64 * mebibyte }));
}
