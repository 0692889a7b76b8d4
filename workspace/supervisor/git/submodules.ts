import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { Emit } from '../../executors/port.ts';
import { supervisorHeader } from '../relay.ts';

const Listed = z.object({
  submodules: z.array(z.object({ name: z.string(), path: z.string(), url: z.string().nullable(), reason: z.string().nullable() })),
});

/** A submodule that may be read, with the address to read it at. */
export interface SubmoduleRemote {
  name: string;
  url: string;
}

/** Answers which submodules of a commit may be read; what may not is a warning with its reason. Never fails. */
export type ReadSubmodules = (commit: string) => Promise<SubmoduleRemote[]>;

/** Asks the gateway, which knows what the project allows. `checkoutDir` holds the commit's files already. */
export function createSubmoduleReader(deps: { relayUrl: string; supervisorKey: string; checkoutDir: string; emit: Emit }): ReadSubmodules {
  return async (commit) => {
    const file = await lstat(join(deps.checkoutDir, '.gitmodules')).catch(() => null);
    if (!file?.isFile()) return [];
    try {
      const headers = { [supervisorHeader]: deps.supervisorKey };
      const answer = await fetch(`${deps.relayUrl}/git/run.git/submodules?commit=${commit}`, { headers });
      if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`);
      const { submodules } = Listed.parse(await answer.json());
      for (const { path, reason } of submodules)
        if (reason !== null) deps.emit('warning', { message: `submodule ${path.slice(0, 200)} cannot be read: ${reason}` });
      return submodules.flatMap(({ name, url }) => (url === null ? [] : [{ name, url: `${deps.relayUrl}${url}` }]));
    } catch (error) {
      deps.emit('warning', { message: `submodules cannot be read: ${messageOf(error)}` });
      return [];
    }
  };
}

/** Sections of a git config by which `git submodule update` reads each where it may. Names that git would not take are left out. Pure. */
export function submoduleConfig(submodules: readonly SubmoduleRemote[]): string {
  return submodules
    .filter(({ name, url }) => !/\p{Cc}/u.test(`${name}${url}`))
    .map(({ name, url }) => `[submodule "${name.replaceAll(/["\\]/g, '\\$&')}"]\n\tactive = true\n\turl = ${url}\n`)
    .join('');
}
