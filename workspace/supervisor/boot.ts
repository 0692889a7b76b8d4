import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { checkOut } from './git/checkout.ts';
import type { Parts } from './parts.ts';
import { setUp } from './setup/set-up.ts';

/**
 * Makes the workspace ready: checkout, session, agent and setup, the first three at once. DomainErrors whose codes are failure
 * reasons: `repository`, `setup-failed`, a broken limit, `internal`.
 */
export async function boot(parts: Parts, options: { readOnlyCheckout: boolean; startedAt: number }): Promise<void> {
  const { job, driver, log, files, state } = parts;
  try {
    const [, , session] = await Promise.all([
      checkOut(parts.git, parts.gitPaths, job, parts.remote).catch((error: unknown) => {
        throw new DomainError('transient', 'repository', `checkout: ${messageOf(error)}`, { cause: error });
      }),
      // A failing start shows again, with its reason, when the turn starts.
      driver?.warm(options).catch(() => undefined),
      job.session ? files.download(job.session.artifactId) : null,
    ]);
    if (job.session && session) {
      await driver?.restore({ threadId: job.session.threadId, content: session }).catch((error: unknown) => {
        log.emit('warning', { message: `the agent begins without its earlier session: ${messageOf(error)}` });
      });
    }
    if (job.setup !== null) await setUp(parts, job.setup);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('transient', 'internal', `boot: ${messageOf(error)}`, { cause: error });
  } finally {
    state.booted = true;
  }
  log.emit('workspace.ready', { pid: process.pid, startedInMs: Math.round(performance.now() - options.startedAt) });
}
