import type { Config } from '../../config/env.ts';
import type { Logger } from '../../config/logger.ts';
import { provisionerSettings } from '../../config/provisioner-settings.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { Provisioner } from '../../workspace/port.ts';
import type { DoorChoice } from '../../workspace/provisioners/host-folder/door-link.ts';
import { chooseProvisioner, endOthers } from '../../workspace/provisioners/registry.ts';

/**
 * The provisioner of this host, chosen where the settings leave it open; what another kind left here before is ended. `chooseDoor`:
 * which gateway's door serves a workspace.
 */
export async function openProvisioner(config: Config, chooseDoor: DoorChoice, logger: Logger): Promise<Provisioner> {
  const options = { ...provisionerSettings(config), chooseDoor, logger };
  const { provisioner, why } = await chooseProvisioner(config.PROVISIONER, options);
  logger.info('workspaces', { provisioner: provisioner.name, why });
  endOthers(provisioner.name, options).catch((error: unknown) =>
    logger.warn('workspaces of another kind are left', { reason: messageOf(error) }),
  );
  return provisioner;
}
