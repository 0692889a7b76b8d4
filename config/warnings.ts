import type { Config } from './env.ts';

/** Said for as long as plain mode is in use. */
export const unsafePlainWarning =
  'UNSAFE: agents run as plain processes without any isolation; they can read and change whatever you can. Use it with code and models that you trust.';

/** What people of this installation must keep in mind, one plain ASCII sentence each; [] when all is as it should be. Pure. */
export function installationWarnings(config: Pick<Config, 'UNSAFE_PLAIN'>): string[] {
  return config.UNSAFE_PLAIN ? [unsafePlainWarning] : [];
}
