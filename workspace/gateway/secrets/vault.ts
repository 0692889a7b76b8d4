import { registerNamedSecrets } from '../../../config/redaction.ts';
import { openProjectSecrets, type SecretKeys } from '../../../db/project-secrets.ts';
import type { Database } from '../../../db/port.ts';
import type { ProjectSecret } from '../../../workflows/contracts/project-secret.ts';
import type { RepositoryKey } from '../git/port.ts';

/** Opens a project's secrets. Each value that leaves it is known to this process's redactor from then on. */
export interface SecretVault {
  /** `unreadable`: names of those that were stored under a key which is not there any more. */
  open(project: RepositoryKey): Promise<{ secrets: ProjectSecret[]; unreadable: string[] }>;
}

/** The vault over the database and the keys of this installation. */
export function createSecretVault(database: Database, keys: SecretKeys): SecretVault {
  return {
    async open(project) {
      const opened = await database.withTenant(project.tenantId, (tx) => openProjectSecrets(tx, keys, project));
      registerNamedSecrets(opened.secrets);
      return opened;
    },
  };
}
