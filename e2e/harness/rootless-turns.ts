import { dirname, join } from 'node:path';
import { createLogger } from '../../config/logger.ts';
import { openDaemon } from '../../workspace/provisioners/docker/client.ts';
import { createDockerProvisioner } from '../../workspace/provisioners/docker/index.ts';
import { startTestDoor } from '../../workspace/testing/door.ts';
import { dataOf, testJob, testTurn, textOf, watchTurn } from '../../workspace/testing/harness.ts';

// `node rootless-turns.ts DOCKER_HOST FOLDER COMMAND...`, as the user of that daemon: one workspace and one turn for each command, then
// one line of JSON with what the probe found, how the turns ended and what was left.

const limits = { memoryBytes: 400 * 1024 ** 2, diskBytes: 200 * 1024 ** 2, processes: 128, outputBytes: 8 * 1024 ** 2 };
const [host = '', folder = '', ...commands] = process.argv.slice(2);
const door = await startTestDoor();
const provisioner = createDockerProvisioner({
  ...{ daemon: openDaemon({ host }), workspacesDir: join(folder, 'workspaces'), cacheDir: join(folder, 'cache') },
  ...{ imageCacheDir: join(folder, 'images'), image: undefined, cpus: 2, runsDir: dirname(door.repository), doorSocket: door.socketPath },
  logger: createLogger('rootless', { silent: true }),
});
const { usable, message, holds } = await provisioner.probe();
const turns: unknown[] = [];
for (const [index, command] of (usable ? commands : []).entries()) {
  const workspaceId = `w${index}`;
  const job = testJob(door.commit({ 'a.txt': 'a' }), { workspaceId, executor: { name: 'command', command }, limits });
  const workspace = await provisioner.create({ job, runToken: door.runToken });
  await workspace.deliver(testTurn('m1', 'x'));
  const { seen, end } = await watchTurn(workspace, undefined, 120_000);
  const { status } = await workspace.state();
  turns.push({ text: textOf(seen, 'agent.delta'), end, limits: dataOf(seen, 'limit.exceeded'), place: status });
  await provisioner.destroy(workspaceId);
}
const left = { workspaces: await provisioner.list(), containers: (await openDaemon({ host }).docker.listContainers({ all: true })).length };
await door.close();
process.stdout.write(`${JSON.stringify({ uid: process.getuid?.(), usable, message, holds, turns, left })}\n`);
