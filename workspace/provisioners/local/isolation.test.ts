import { describeEscapes } from '../../escapes.contract.ts';
import { localForTest } from '../../testing/harness.ts';

describeEscapes('local', (door) => ({ ...localForTest(door), sockets: ['/var/run/docker.sock', '/run/docker.sock'] }));
