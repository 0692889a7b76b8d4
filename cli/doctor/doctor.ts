import { type Config, type Environment, loadConfig, processEnvironment } from '../../config/env.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import {
  checkCodex,
  checkDisk,
  checkGit,
  checkKeys,
  checkNode,
  checkPorts,
  checkPostgres,
  checkTemporal,
  type DoctorContext,
} from './checks.ts';
import { checkIsolation } from './isolation.ts';
import { type DoctorReport, fail, ok, renderReport } from './report.ts';

export interface DoctorOptions {
  env?: Environment;
  stateDir?: string;
  /** Written to when it is given: lines for people, or one line of JSON. */
  stdout?: { write(text: string): unknown };
  json?: boolean;
  style?: (colour: 'green' | 'yellow' | 'red', text: string) => string;
}

/** Looks at everything that the system needs on this machine, by trying it. Starts no server and keeps nothing. */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const env: Environment = { ...(options.env ?? processEnvironment()), ...(options.stateDir ? { STATE_DIR: options.stateDir } : {}) };
  const report = await examine(env);
  if (options.stdout) options.stdout.write(options.json ? `${JSON.stringify(report)}\n` : renderReport(report, options.style));
  return report;
}

async function examine(env: Environment): Promise<DoctorReport> {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    return {
      ok: false,
      checks: [checkNode(), fail('config', messageOf(error), 'correct the environment; docs/config.md explains each setting')],
    };
  }
  const context: DoctorContext = { config, env };
  const found = await Promise.all([
    checkNode(),
    ok('config', `state in ${config.STATE_DIR}`),
    checkGit(context),
    checkCodex(),
    checkIsolation(context),
    checkTemporal(context),
    checkPostgres(context),
    checkPorts(context),
    checkDisk(context),
    checkKeys(context),
  ]);
  const checks = found.flat();
  return { ok: checks.every(({ status }) => status !== 'fail'), checks };
}
