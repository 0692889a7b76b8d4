import { createServer } from 'node:http';
import { join } from 'node:path';
import { createLogger } from '../../../config/logger.ts';
import { createGitClient } from './client.ts';
import { describeGitService } from './git-service.contract.ts';
import { createGitServiceRoutes } from './service-routes.ts';
import { createGitService } from './service.ts';

describeGitService('direct', (setup) => Promise.resolve({ service: createGitService(setup), close: () => Promise.resolve() }));

describeGitService('client over a Unix socket', async (setup) => {
  const routes = createGitServiceRoutes({
    service: createGitService(setup),
    serviceKey: 'a key',
    logger: createLogger('test', { silent: true }),
  });
  const server = createServer((request, response) => void routes(request, response));
  const socket = join(setup.folder, 's.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    service: createGitClient({ serviceUrl: `unix:${socket}`, serviceKey: 'a key' }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
});
