import { describeGitService } from './git-service.contract.ts';
import { createGitService } from './service.ts';

describeGitService('direct', (setup) => Promise.resolve({ service: createGitService(setup), close: () => Promise.resolve() }));
