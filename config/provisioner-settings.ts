import { join } from 'node:path';
import type { Config } from './env.ts';
import { programCache } from './paths.ts';

/** What makes workspaces, from the configuration of a host: the same for the host itself, the start and the doctor. */
export function provisionerSettings(config: Config) {
  return {
    workspacesDir: config.paths.workspaces(config.HOST_ID),
    cacheDir: config.paths.cache,
    runsDir: config.paths.runs,
    imageCacheDir: join(programCache(), 'image'),
    doorSocket: config.GATEWAY_DOOR_SOCKET,
    unsafePlain: config.UNSAFE_PLAIN,
    docker: { host: config.DOCKER_HOST, certPath: config.DOCKER_CERT_PATH, verifiesTls: config.DOCKER_TLS_VERIFY !== undefined },
    kubeconfig: config.KUBECONFIG,
    namespace: config.KUBERNETES_NAMESPACE,
    runtimeClass: config.KUBERNETES_RUNTIME_CLASS,
    deadlineSeconds: config.KUBERNETES_DEADLINE_SECONDS,
    image: config.WORKSPACE_IMAGE,
    cpus: config.WORKSPACE_CPUS,
    placePatienceMs: config.PLACE_PATIENCE_MS,
  };
}
