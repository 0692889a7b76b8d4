import { findCodex } from '../../workspace/executors/codex/binary.ts';
import { ensureImage } from '../../workspace/image/ensure.ts';
import { imageCacheDir, startDocker, stopDocker, whilePreparing } from './docker.ts';

// `node e2e/servers/docker-daemon.ts up`: starts the tests' Docker daemon and makes the workspace image, for suites that come later;
// `down`: ends that daemon. For .ci/run.

if (process.argv[2] === 'up') {
  await whilePreparing(async () => {
    const { daemon } = await startDocker();
    const image = await ensureImage({
      docker: daemon.docker,
      configured: undefined,
      cacheDir: imageCacheDir,
      nodePath: process.execPath,
      codex: findCodex(),
      onBegin: (step, name) => console.log(`${step} ${name}`),
      onStep: ({ step, ok, durationMs, message }) => console.log(`${step}: ${ok ? 'done' : message} (${durationMs} ms)`),
    });
    console.log(image);
  });
} else {
  await stopDocker();
}
