import { z } from 'zod';
import { createLogger } from '../../config/logger.ts';
import { SupervisorCommand, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { Provisioner } from '../port.ts';
import { openDaemon } from '../provisioners/docker/client.ts';
import { createDockerProvisioner } from '../provisioners/docker/index.ts';
import { openCluster } from '../provisioners/kubernetes/client.ts';
import { createKubernetesProvisioner } from '../provisioners/kubernetes/index.ts';
import { createLocalProvisioner } from '../provisioners/local/index.ts';

const Input = z.object({
  settings: z.object({
    workspacesDir: z.string(),
    cacheDir: z.string(),
    doorSocket: z.string(),
    unsafePlain: z.boolean().optional(),
    /** In containers of this daemon. */
    docker: z.object({ host: z.string(), certPath: z.string().optional(), imageCacheDir: z.string() }).optional(),
    /** In Pods of this cluster. */
    kubernetes: z.object({ kubeconfig: z.string(), namespace: z.string(), installation: z.string(), image: z.string() }).optional(),
  }),
  workspaceId: z.string(),
  /** Make the workspace from this job, deliver the turn, say so and wait to be killed. */
  create: z.object({ job: SupervisorJob, runToken: z.string() }).optional(),
  offset: z.number(),
  turn: SupervisorCommand,
});

/** A second process for the contract suite: adopts a workspace, delivers a turn, prints every line from an offset to that turn's end. */
async function main(): Promise<void> {
  const input = Input.parse(JSON.parse(process.argv[2] ?? ''));
  const provisioner = openProvisioner(input.settings);
  if (input.create) {
    const made = await provisioner.create(input.create);
    await made.deliver(input.turn);
    process.stdout.write('made\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  const workspace = await provisioner.adopt(input.workspaceId);
  if (!workspace) throw new Error('there is no such workspace');
  await workspace.deliver(input.turn);
  let ends = 0;
  for await (const { lines } of workspace.tail(input.offset, AbortSignal.timeout(30_000))) {
    for (const line of lines) {
      process.stdout.write(`${line}\n`);
      if (line.includes('"type":"turn.completed"') && (ends += 1) === 2) return;
    }
  }
}

function openProvisioner({ docker, kubernetes, ...settings }: z.infer<typeof Input>['settings']): Provisioner {
  const logger = createLogger('attach', { silent: true });
  if (kubernetes) {
    const { installation, image } = kubernetes;
    const cluster = openCluster(kubernetes);
    const limits = { cpus: 1, runtimeClass: undefined, deadlineSeconds: 3600 };
    return createKubernetesProvisioner({ ...settings, ...limits, cluster, installation, image, logger });
  }
  if (!docker) return createLocalProvisioner({ ...settings, logger });
  const daemon = openDaemon(docker);
  return createDockerProvisioner({ ...settings, daemon, imageCacheDir: docker.imageCacheDir, image: undefined, cpus: 1, logger });
}

await main();
process.exit(0);
