import type { Config } from '../../config/env.ts';
import { createLogger } from '../../config/logger.ts';
import { provisionerSettings } from '../../config/provisioner-settings.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { chooseProvisioner } from '../../workspace/provisioners/registry.ts';
import { formatDuration } from '../render/text.ts';
import type { Wiring } from './definitions.ts';
import type { SystemProgress } from './types.ts';

const beginnings = {
  found: 'looking for',
  pull: 'pulling',
  wait: 'another process makes the same one, waiting for',
  build: 'building',
  bootstrap: 'no registry answers: making a root file system (a few minutes, once) for',
} as const;

/**
 * Decides what makes workspaces before anything needs one, so that the person who waits sees what takes long. DomainError
 * `isolation-missing` when nothing here keeps agents apart: why, and what can be done.
 */
export async function provideWorkspaces(
  config: Config,
  onProgress: (progress: SystemProgress) => void,
): Promise<Pick<Wiring, 'PROVISIONER'>> {
  const tell = (state: SystemProgress['state'], message: string) => onProgress({ process: 'workspaces', state, message });
  const { provisioner, why } = await chooseProvisioner(config.PROVISIONER, {
    ...provisionerSettings(config),
    logger: createLogger('start', { silent: true }),
    onImageBegin: (step, image) => tell('starting', `${beginnings[step]} ${image}`),
    onImageStep: ({ step, image, ok, durationMs, message }) => {
      if (step !== 'found') tell('starting', `${step} ${image}: ${ok ? 'done' : message} (${formatDuration(durationMs)})`);
    },
  });
  if (provisioner.name === 'local') {
    const { usable, message } = await provisioner.probe();
    if (!usable) throw new DomainError('permanent', 'isolation-missing', `start: ${message}`);
  }
  tell('ready', why);
  return { PROVISIONER: provisioner.name };
}
