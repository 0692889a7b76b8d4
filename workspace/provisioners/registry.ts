import { DomainError } from '../../workflows/contracts/errors.ts';
import type { Provisioner } from '../port.ts';
import { createLocalProvisioner } from './local/index.ts';
import type { LocalProvisionerOptions } from './local/index.ts';

export type ProvisionerOptions = LocalProvisionerOptions;

/** Every provisioner by name. Adding one: a folder beside this file and a line here. */
const provisioners = new Map<string, (options: ProvisionerOptions) => Provisioner>([['local', createLocalProvisioner]]);

/** Names that `PROVISIONER` may hold. */
const provisionerNames: readonly string[] = [...provisioners.keys()];

/** DomainError `unknown-provisioner` lists the valid names. */
export function createProvisioner(name: string, options: ProvisionerOptions): Provisioner {
  const factory = provisioners.get(name);
  if (!factory) {
    throw new DomainError(
      'permanent',
      'unknown-provisioner',
      `provisioner ${name} is unknown; choose one of ${provisionerNames.join(', ')}`,
    );
  }
  return factory(options);
}
