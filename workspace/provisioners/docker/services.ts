import type Docker from 'dockerode';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished as ended } from 'node:stream/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { ensureNamedImage } from '../../image/named.ts';
import type { LadderListener } from '../../image/ladder.ts';
import type { ServiceSpec, StepListener } from '../../port.ts';
import { notReady, readySeconds, serviceFailure, subjectOf, waitForPort } from '../service-rules.ts';
import { tellStep } from '../shared-work.ts';
import { dockerFailure } from './client.ts';
import type { DockerDaemon } from './client.ts';
import type { DaemonFacts } from './judge.ts';
import { serviceLabels, serviceName, servicesOf } from './names.ts';
import { printable } from '../printable.ts';
import { serviceOptions, serviceProblem } from './service-container.ts';
import type { ServiceImage } from './service-container.ts';
import { removeContainer } from './workspace.ts';

/** A service with the image that it is started from. */
export interface ReadyService {
  spec: ServiceSpec;
  image: ServiceImage;
}

/** Has the images of all services: there, or pulled. DomainErrors of `ensureNamedImage`, and of the daemon. */
export async function prepareServices(
  daemon: DockerDaemon,
  facts: DaemonFacts,
  specs: readonly ServiceSpec[],
  listener: LadderListener,
): Promise<ReadyService[]> {
  const problem = specs.length === 0 ? null : serviceProblem(facts);
  if (problem !== null) throw new DomainError('permanent', 'setup-failed', `workspace: ${problem}`);
  const services: ReadyService[] = [];
  for (const spec of specs) {
    await ensureNamedImage(daemon.docker, spec.image, `the service ${spec.name}`, listener);
    try {
      const { Id, Config } = await daemon.docker.getImage(spec.image).inspect();
      services.push({ spec, image: { id: Id, volumes: Object.keys(Config.Volumes ?? {}), user: Config.User ?? '' } });
    } catch (error) {
      throw dockerFailure('workspace', error, daemon.socketPath);
    }
  }
  return services;
}

export interface ServicesInput {
  daemon: DockerDaemon;
  installation: string;
  workspaceId: string;
  /** The workspace's container, which runs. */
  workspace: string;
  services: readonly ReadyService[];
  cpus: number | null;
  /** The workspace's, on this machine. */
  folder: string;
  onStep: StepListener | undefined;
}

/**
 * Starts the services on the loopback of their workspace. Resolves once each port answers; DomainError `setup-failed` names the one that
 * does not.
 */
export async function startServices(input: ServicesInput): Promise<void> {
  if (input.services.length === 0) return;
  const hostsFile = join(input.folder, 'service-hosts');
  // Services may speak to one another by their names.
  const names = ['localhost', ...input.services.map(({ spec }) => spec.name)].join(' ');
  await writeFile(hostsFile, `127.0.0.1 ${names}\n::1 localhost\n`, { mode: 0o644 });
  await Promise.all(
    input.services.map((service) =>
      tellStep(input.onStep, { step: 'service', subject: subjectOf(service.spec) }, () => start(input, service, hostsFile)),
    ),
  );
}

async function start(input: ServicesInput, { spec, image }: ReadyService, hostsFile: string): Promise<void> {
  const { daemon, installation, workspaceId, workspace, cpus } = input;
  const stop = new AbortController();
  try {
    const container = await daemon.docker.createContainer(
      serviceOptions({
        name: serviceName(installation, workspaceId, spec.name),
        labels: serviceLabels(installation, workspaceId, spec.name),
        ...{ workspace, service: spec, image, cpus, hostsFile },
      }),
    );
    await container.start();
    const over = container
      .wait({ condition: 'not-running', abortSignal: stop.signal })
      .then(({ StatusCode }: { StatusCode: number }) => StatusCode);
    // Nobody waits any more once the port answered.
    over.catch(() => undefined);
    const problem = await Promise.race([
      answers(daemon.docker, workspace, spec.port).then((isReady) => (isReady ? null : notReady(spec, null))),
      over.then((exitCode) => notReady(spec, { exitCode })),
    ]);
    if (problem === null) return;
    const said = printable((await container.logs({ stdout: true, stderr: true, tail: 20 })).toString('utf8'));
    throw serviceFailure(spec, problem, said);
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.socketPath);
  } finally {
    stop.abort();
  }
}

/** Asked by a program in the workspace's container: the loopback is nobody else's. */
async function answers(docker: Docker, workspace: string, port: number): Promise<boolean> {
  const exec = await docker.getContainer(workspace).exec({
    Cmd: waitForPort(port, readySeconds),
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: false });
  const nowhere = new PassThrough();
  nowhere.resume();
  stream.pipe(nowhere);
  await ended(nowhere);
  return (await exec.inspect()).ExitCode === 0;
}

/** Ends the services of a workspace with all that they wrote. Those that are gone are gone. */
export async function removeServices(daemon: DockerDaemon, installation: string, workspaceId: string): Promise<void> {
  try {
    const found = await daemon.docker.listContainers({ all: true, filters: servicesOf(installation, workspaceId) });
    await Promise.all(found.map(({ Id }) => removeContainer(daemon, Id)));
  } catch (error) {
    throw dockerFailure('destroy', error, daemon.socketPath);
  }
}
