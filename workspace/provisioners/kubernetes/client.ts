import {
  ApiException,
  CoreV1Api,
  createConfiguration,
  Exec,
  KubeConfig,
  NetworkingV1Api,
  ServerConfiguration,
  Watch,
} from '@kubernetes/client-node';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { errorCodeOf } from '../../../config/error-code.ts';

/** How long one answer of the API server may take. */
const answerMs = 30_000;

/** A cluster as one of its accounts sees it, and the namespace for workspaces there. */
export interface Cluster {
  core: CoreV1Api;
  networking: NetworkingV1Api;
  watch: Watch;
  /** Opens exec and attach streams. */
  sockets: Exec['handler'];
  namespace: string;
  /** URL of the API server. */
  server: string;
}

/**
 * The cluster of a kubeconfig file; undefined: of ~/.kube/config, else of the Pod that this process runs in. Contacts nobody.
 * DomainError `kubernetes-config`.
 */
export function openCluster(options: { kubeconfig: string | undefined; namespace: string }): Cluster {
  const config = new KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error('it names no current cluster');
    const api = createConfiguration({
      baseServer: new ServerConfiguration(cluster.server, {}),
      authMethods: { default: config },
      // A server that hangs is away, too.
      promiseMiddleware: [
        {
          pre(request) {
            request.setSignal(AbortSignal.timeout(answerMs));
            return Promise.resolve(request);
          },
          post: (response) => Promise.resolve(response),
        },
      ],
    });
    return {
      core: new CoreV1Api(api),
      networking: new NetworkingV1Api(api),
      watch: new Watch(config),
      sockets: new Exec(config).handler,
      namespace: options.namespace,
      server: cluster.server,
    };
  } catch (error) {
    const which = options.kubeconfig ?? 'the default kubeconfig';
    throw new DomainError(
      'permanent',
      'kubernetes-config',
      `kubernetes: ${which} cannot be used: ${messageOf(error)}; correct KUBECONFIG, or set PROVISIONER`,
      { cause: error },
    );
  }
}

/** The HTTP status of the API server's refusal; null when it did not answer at all. */
export function statusOf(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

/** What an error of the API server means here, with the next action. Whatever is a DomainError already passes. */
export function kubernetesFailure(stage: string, error: unknown, cluster: Cluster): DomainError {
  if (error instanceof DomainError) return error;
  const status = statusOf(error);
  const said = saidOf(error);
  const fail = (kind: 'transient' | 'permanent', code: string, text: string) =>
    new DomainError(kind, code, `${stage}: ${text}`, { cause: error });
  if (status === 401 || status === 403) {
    const quota = /exceeded quota/.test(said);
    if (quota)
      return fail('transient', 'kubernetes-quota', `the quota of namespace ${cluster.namespace} is used up (${said}); raise it or wait`);
    const what = `the API server at ${cluster.server} forbids it (${said})`;
    // A server that has just started answers so for a moment.
    return fail('transient', 'kubernetes-forbidden', `${what}; give this account the role of deploy/kubernetes/rbac.yaml`);
  }
  if (status === 404 && /namespaces? /.test(said))
    return fail(
      'permanent',
      'kubernetes-namespace',
      `there is no namespace ${cluster.namespace} (${said}); create it or set KUBERNETES_NAMESPACE`,
    );
  if (status === null || (status >= 502 && status <= 504))
    return fail(
      'transient',
      'kubernetes-unreachable',
      `the API server at ${cluster.server} does not answer (${said}); start it or correct KUBECONFIG`,
    );
  return fail('transient', 'kubernetes', `the API server refused: ${said}`);
}

function saidOf(error: unknown): string {
  const body: unknown = error instanceof ApiException ? (error.body as unknown) : null;
  const message = bodyMessage(body) ?? rootMessage(error);
  return message.replace(/\s+/g, ' ').slice(0, 400);
}

function bodyMessage(body: unknown): string | null {
  if (typeof body === 'string') {
    try {
      return bodyMessage(JSON.parse(body)) ?? body;
    } catch {
      return body;
    }
  }
  if (typeof body !== 'object' || body === null || !('message' in body)) return null;
  return typeof body.message === 'string' ? body.message : null;
}

function rootMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return messageOf(cause) || (errorCodeOf(cause) ?? 'no reason given');
  return messageOf(error) || (errorCodeOf(error) ?? 'no reason given');
}
