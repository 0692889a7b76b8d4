import { createLogger } from '../../config/logger.ts';
import { provisionerSettings } from '../../config/provisioner-settings.ts';
import type { Config } from '../../config/env.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { Provisioner } from '../../workspace/port.ts';
import { openDaemon, requireAnswer } from '../../workspace/provisioners/docker/client.ts';
import { imageIsThere } from '../../workspace/image/ensure.ts';
import { chooseProvisioner, meantBy } from '../../workspace/provisioners/registry.ts';
import type { ProvisionerOptions } from '../../workspace/provisioners/registry.ts';
import type { DoctorContext } from './checks.ts';
import { type DoctorCheck, fail, ok, warn } from './report.ts';

/** Limits that are only watched, not enforced by the system, are worth a warning. */
const weakLimit = /watchdog|not limited|NONE|none here/;

/** What would make workspaces here, what it isolates, and which limits hold, as it finds them by trying. Makes no image. */
export async function checkIsolation({ config }: DoctorContext): Promise<DoctorCheck[]> {
  const options = { ...provisionerSettings(config), logger: createLogger('doctor', { silent: true }) };
  if (config.PROVISIONER === 'kubernetes') return checkKubernetes(config, options);
  const docker = await checkDocker(config, options);
  if (meantBy(config.PROVISIONER, options) === 'docker' && docker.check.status !== 'ok') return [docker.check];
  try {
    // Without an image Docker cannot be tried yet: what would be used otherwise is looked at.
    const { provisioner } = await chooseProvisioner(docker.ready ? config.PROVISIONER : 'local', options);
    return [docker.check, ...(await checkProvisioner(provisioner, config))];
  } catch (error) {
    return [docker.check, fail('isolation', messageOf(error), 'see the message; `npm ci` brings bubblewrap along with Codex')];
  }
}

/** Whether the cluster answers, lets this account do what it must, has the image and isolates: a Pod tries it. */
async function checkKubernetes(config: Config, options: ProvisionerOptions): Promise<DoctorCheck[]> {
  try {
    const { provisioner, why } = await chooseProvisioner('kubernetes', options);
    return [ok('kubernetes', why), ...(await checkProvisioner(provisioner, config))];
  } catch (error) {
    return [fail('kubernetes', messageOf(error), 'see the message; docs/workspaces.md tells what a cluster must have')];
  }
}

/** Whether a daemon answers and has the image. `ready`: it can be tried. */
async function checkDocker(config: Config, options: ProvisionerOptions): Promise<{ check: DoctorCheck; ready: boolean }> {
  if (config.PROVISIONER === 'local' || config.UNSAFE_PLAIN) return { check: ok('docker', 'not asked for'), ready: false };
  try {
    const daemon = openDaemon(options.docker);
    await requireAnswer(daemon);
    if (await imageIsThere(daemon.docker, options.image)) return { check: ok('docker', `${daemon.address} answers`), ready: true };
    const check = warn(
      'docker',
      `${daemon.address} answers, and has no image yet`,
      'nothing to do: the first start makes it (a few minutes)',
    );
    return { check, ready: false };
  } catch (error) {
    const reason = messageOf(error);
    if (meantBy(config.PROVISIONER, options) === 'docker')
      return { check: fail('docker', reason, 'see the message; docs/workspaces.md tells what a daemon must have'), ready: false };
    return { check: ok('docker', 'no daemon answers; bubblewrap is used'), ready: false };
  }
}

async function checkProvisioner(provisioner: Provisioner, config: Config): Promise<DoctorCheck[]> {
  const probe = await provisioner.probe();
  if (!probe.usable)
    return [fail('isolation', probe.message, 'allow user namespaces to this user, or accept the risk with UNSAFE_PLAIN=true')];
  const first = config.UNSAFE_PLAIN
    ? warn('isolation', probe.message, 'unset UNSAFE_PLAIN where bubblewrap works')
    : ok('isolation', probe.message);
  return [first, ...Object.entries(probe.holds).map(([name, value]) => limitCheck(name, value))];
}

function limitCheck(name: string, value: string): DoctorCheck {
  const label = `  ${name}`;
  if (!weakLimit.test(value)) return ok(label, value);
  return warn(label, value, 'delegated cgroups (or root) make this a limit of the system; without them it is watched and ended afterwards');
}
