import { registerNamedSecrets } from '../../config/redaction.ts';
import type { Masks } from '../../config/secret-mask.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { checkSecretsPath, CheckSecrets } from '../../workflows/contracts/project-secret.ts';
import { askGateway } from './gateway-files.ts';
import { supervisorHeader } from './relay.ts';
import { parseRefusal } from './refusal.ts';

/** What one check is run with. */
export interface CheckEnvironment {
  env: Record<string, string>;
  /** What its output must not show; empty for none. */
  masks: Masks;
}

/**
 * Fetches the project's secrets for the checks that are about to run, and makes this process's redactor know them before anybody
 * else does. Tried for two minutes while the gateway is away. DomainErrors: `project-secrets-refused` with the gateway's reason,
 * `project-secrets-unreachable`.
 */
export async function fetchCheckSecrets(relayUrl: string, supervisorKey: string): Promise<CheckEnvironment> {
  const answer = await askGateway(`${relayUrl}${checkSecretsPath}`, { headers: { [supervisorHeader]: supervisorKey } });
  if (answer.status >= 500)
    throw new DomainError(
      'transient',
      'project-secrets-unreachable',
      `checks: the project's secrets could not be read from the gateway (${answer.status}); run the request again`,
    );
  if (!answer.ok) throw new DomainError('permanent', 'project-secrets-refused', `checks: ${parseRefusal(await answer.text())}`);
  const { secrets } = CheckSecrets.parse(await answer.json());
  const masks = registerNamedSecrets(secrets);
  return { env: Object.fromEntries(secrets.map(({ name, value }) => [name, value])), masks };
}
