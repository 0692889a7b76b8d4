import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import type { Database } from '../db/port.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { createForgeRegistry } from './registry.ts';

describe('createForgeRegistry', () => {
  it('gives one forge a name, and lists the valid names for an unknown one', () => {
    const config = { PUBLIC_URL: 'http://127.0.0.1:8080', GIT_AUTHOR_NAME: 'AstraForge', GIT_AUTHOR_EMAIL: 'astraforge@localhost' };
    const logger = createLogger('test', { silent: true });
    const forgeOf = createForgeRegistry({ database: {} as Database, git: {} as GitService, config, logger });

    const local = forgeOf('local');

    expect(local.name).toBe('local');
    expect(forgeOf('local')).toBe(local);
    expect(() => forgeOf('gitlub')).toThrow('forge gitlub is unknown; choose one of local');
  });
});
