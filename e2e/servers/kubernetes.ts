import { buildPrograms } from './kubernetes/build.ts';
import { startKubernetes, stopKubernetes } from './kubernetes/server.ts';

// `node e2e/servers/kubernetes.ts build`: makes the programs of the tests' cluster, for suites that come later; `up`: starts it, too;
// `down`: ends it. For .ci/run.

const command = process.argv[2];
if (command === 'build') await buildPrograms(console.log);
else if (command === 'up') console.log((await startKubernetes(console.log)).kubeconfig);
else await stopKubernetes();
