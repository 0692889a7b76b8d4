import type { Config } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';
import type { Database } from '../db/port.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { createLocalForge } from './local/index.ts';
import type { Forge } from './port.ts';

export interface ForgeDeps {
  database: Database;
  git: GitService;
  config: Pick<Config, 'PUBLIC_URL' | 'GIT_AUTHOR_NAME' | 'GIT_AUTHOR_EMAIL'>;
  logger: Logger;
}

/** Every forge by name. Adding one: a folder beside this file and a line here. */
const forges = new Map<string, (deps: ForgeDeps) => Forge>([
  [
    'local',
    ({ database, git, config }) =>
      createLocalForge({
        database,
        git,
        publicUrl: config.PUBLIC_URL,
        bot: { name: config.GIT_AUTHOR_NAME, email: config.GIT_AUTHOR_EMAIL },
        now: Date.now,
      }),
  ],
]);

/** Names that a project's `forge` may hold. */
const forgeNames: readonly string[] = [...forges.keys()];

/** Forges by name, each made once. An unknown name is DomainError `unknown-forge` that lists the valid ones. */
export function createForgeRegistry(deps: ForgeDeps): (name: string) => Forge {
  const made = new Map<string, Forge>();
  return function forgeOf(name) {
    const known = made.get(name);
    if (known) return known;
    const make = forges.get(name);
    if (!make) throw new DomainError('permanent', 'unknown-forge', `forge ${name} is unknown; choose one of ${forgeNames.join(', ')}`);
    const forge = make(deps);
    made.set(name, forge);
    deps.logger.debug('forge made', { forge: name });
    return forge;
  };
}
