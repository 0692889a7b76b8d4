import { DomainError } from '../../../workflows/contracts/errors.ts';
import { ensureNamedImage } from '../../image/named.ts';
import type { LadderListener } from '../../image/ladder.ts';
import type { ServiceSpec, StepListener } from '../../port.ts';
import { notReady, serviceFailure, subjectOf } from '../service-rules.ts';
import { tellStep } from '../shared-work.ts';
import { dockerFailure } from './failure.ts';
import type { DockerDaemon } from './client.ts';
import type { DaemonFacts } from './judge.ts';
import { serviceLabels, serviceName } from './names.ts';
import { portAnswers } from './port-answers.ts';
import { printable } from '../printable.ts';
import { serviceOptions, serviceProblem } from './service-container.ts';
import type { ServiceImage } from './service-container.ts';

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
      throw dockerFailure('workspace', error, daemon.address);
    }
  }
  return services;
}

export interface ServicesInput {
  daemon: DockerDaemon;
  installation: string;
  workspaceId: string;
  /** Name or id of the workspace's container, which runs. */
  workspace: string;
  services: readonly ReadyService[];
  cpus: number | null;
  /** File of this machine with the names of the loopback; null: that of the workspace's container holds for them. */
  hostsFile: string | null;
  onStep: StepListener | undefined;
}

/**
 * Starts the services on the loopback of their workspace. Resolves once each port answers; DomainError `setup-failed` names the one that
 * does not.
 */
export async function startServices(input: ServicesInput): Promise<void> {
  if (input.services.length === 0) return;
  await Promise.all(
    input.services.map((service) =>
      tellStep(input.onStep, { step: 'service', subject: subjectOf(service.spec) }, () => start(input, service)),
    ),
  );
}

async function start(input: ServicesInput, { spec, image }: ReadyService): Promise<void> {
  const { daemon, installation, workspaceId, workspace, cpus, hostsFile } = input;
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
      portAnswers(daemon.docker, workspace, spec.port).then((isReady) => (isReady ? null : notReady(spec, null))),
      over.then((exitCode) => notReady(spec, { exitCode })),
    ]);
    if (problem === null) return;
    const said = printable((await container.logs({ stdout: true, stderr: true, tail: 20 })).toString('utf8'));
    throw serviceFailure(spec, problem, said);
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  } finally {
    stop.abort();
  }
}
