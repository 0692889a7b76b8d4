import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';

const plainId = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Puts a command into an inbox folder: written and forced to disk in `ownFolder`, on the same file system, then renamed. One that is
 * there already stays as it is. The inbox belongs to the place, which may have put anything there, links too: it is reached by its
 * handle alone, nothing in it is opened, and the file gets its owner by the handle that wrote it. Rejects with ENOTDIR or ELOOP when
 * the inbox is no folder.
 */
export async function putCommand(inboxDir: string, ownFolder: string, command: SupervisorCommand): Promise<void> {
  const name = plainId.test(command.messageId) ? command.messageId : createHash('sha256').update(command.messageId).digest('hex');
  const inbox = await open(inboxDir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const folder = `/proc/self/fd/${inbox.fd}`;
    const files = (await readdir(folder)).filter((file) => /^\d+-.+\.json$/.test(file));
    if (files.some((file) => file.slice(file.indexOf('-') + 1) === `${name}.json`)) return;
    const next = Math.max(0, ...files.map((file) => Number.parseInt(file, 10))) + 1;
    const written = join(ownFolder, `.command-${name}.${process.pid}.tmp`);
    await write(written, command, (await inbox.stat()).uid);
    await rename(written, join(folder, `${String(next).padStart(10, '0')}-${name}.json`));
    await inbox.sync();
  } finally {
    await inbox.close();
  }
}

async function write(path: string, command: SupervisorCommand, uid: number): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(command));
    if (process.getuid?.() !== uid) await file.chown(uid, uid);
    await file.sync();
  } finally {
    await file.close();
  }
}
