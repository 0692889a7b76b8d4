import { dirname, join } from 'node:path';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { ProbeResult, Provisioner } from '../port.ts';
import type { DockerAccess } from './docker/address.ts';
import { openDaemon, requireAnswer } from './docker/client.ts';
import { createDockerProvisioner } from './docker/index.ts';
import type { DockerProvisionerOptions } from './docker/prepare.ts';
import { installationOf } from './docker/names.ts';
import { openCluster } from './kubernetes/client.ts';
import { createKubernetesProvisioner } from './kubernetes/index.ts';
import type { KubernetesProvisionerOptions } from './kubernetes/prepare.ts';
import { createLocalProvisioner } from './local/index.ts';
import type { LocalProvisionerOptions } from './local/index.ts';

export type ProvisionerOptions = LocalProvisionerOptions &
  Omit<DockerProvisionerOptions, 'daemon'> &
  Omit<KubernetesProvisionerOptions, 'cluster' | 'installation'> & {
    /** What the environment says of the Docker daemon. */
    docker: DockerAccess;
    /** KUBECONFIG. */
    kubeconfig: string | undefined;
    /** Namespace of the Pods. */
    namespace: string;
  };

/** Every provisioner by name. Adding one: a folder beside this file and a line here. */
const provisioners = {
  local: createLocalProvisioner,
  // Folders of its own: whoever lists one kind must not take the other for its own.
  docker: (options: ProvisionerOptions) =>
    createDockerProvisioner({
      ...options,
      daemon: openDaemon(options.docker),
      workspacesDir: join(dirname(options.workspacesDir), 'containers'),
    }),
  kubernetes: (options: ProvisionerOptions) =>
    createKubernetesProvisioner({ ...options, cluster: openCluster(options), installation: installationOf(options.workspacesDir) }),
} satisfies Record<string, (options: ProvisionerOptions) => Provisioner>;

type ProvisionerName = keyof typeof provisioners;

/** The one that makes workspaces here, and in a sentence why. */
export interface Choice {
  provisioner: Provisioner;
  why: string;
}

/** `auto` with a daemon of another machine asks for that one: its workspaces must not be begun anew here while it is away. Pure. */
export function meantBy(
  wish: ProvisionerName | 'auto',
  { docker, unsafePlain }: Pick<ProvisionerOptions, 'docker' | 'unsafePlain'>,
): ProvisionerName | 'auto' {
  const isOfAnother = docker.host !== undefined && !docker.host.startsWith('unix:');
  return wish === 'auto' && isOfAnother && unsafePlain !== true ? 'docker' : wish;
}

/**
 * Decides what `auto` means here: Docker where a daemon answers and its containers isolate, else bubblewrap. Docker that was asked for
 * (`meantBy`) and does not do is a DomainError, and so is Kubernetes; what was asked for otherwise is taken as it is.
 */
export async function chooseProvisioner(asked: ProvisionerName | 'auto', options: ProvisionerOptions): Promise<Choice> {
  const wish = meantBy(asked, options);
  const local = (why: string): Choice => ({ provisioner: provisioners.local(options), why });
  if (wish === 'local') return local('bubblewrap, as PROVISIONER says');
  if (wish === 'kubernetes') return chooseKubernetes(options);
  if (wish === 'auto' && options.unsafePlain) return local('plain processes, as UNSAFE_PLAIN says');
  const problem = wish === 'auto' ? await whyNoDocker(options) : null;
  if (problem !== null) return local(`bubblewrap; ${problem}`);
  const docker = provisioners.docker(options);
  const probe: ProbeResult = await docker.probe();
  if (probe.usable) return { provisioner: docker, why: `Docker${whereOf(options)}, image ${probe.holds['image'] ?? ''}` };
  if (wish === 'docker') throw new DomainError('permanent', 'isolation', probe.message);
  return local(`bubblewrap, since Docker cannot be used: ${probe.message}`);
}

/** Nothing for a daemon of this machine. */
function whereOf(options: ProvisionerOptions): string {
  const { remote, address } = openDaemon(options.docker);
  return remote === null ? '' : ` at ${address}`;
}

async function chooseKubernetes(options: ProvisionerOptions): Promise<Choice> {
  const provisioner = provisioners.kubernetes(options);
  const probe = await provisioner.probe();
  if (!probe.usable) throw new DomainError('permanent', 'isolation', probe.message);
  return { provisioner, why: `Kubernetes, namespace ${options.namespace}, image ${probe.holds['image'] ?? ''}` };
}

/** Why there is no daemon that this user may use; null: there is one. */
async function whyNoDocker(options: ProvisionerOptions): Promise<string | null> {
  try {
    await requireAnswer(openDaemon(options.docker));
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code === 'docker-unreachable' ? 'no Docker daemon answers' : error.message;
  }
}

/** Ends what another kind of provisioner left on this machine before the choice changed. */
export async function endOthers(chosen: string, options: ProvisionerOptions): Promise<void> {
  for (const [name, create] of Object.entries(provisioners)) {
    // A cluster that nobody asked for is left alone.
    if (name === chosen || name === 'kubernetes' || (name === 'docker' && (await whyNoDocker(options)) !== null)) continue;
    const provisioner = create(options);
    for (const workspaceId of await provisioner.list()) await provisioner.destroy(workspaceId);
  }
}
