import { createHash } from 'node:crypto';
import { chown, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import type { Owner } from './disk.ts';

const plainId = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Puts a command into an inbox folder: written, forced to disk, renamed. One that is there already stays as it is. */
export async function putCommand(folder: string, command: SupervisorCommand, owner: Owner): Promise<void> {
  const name = plainId.test(command.messageId) ? command.messageId : createHash('sha256').update(command.messageId).digest('hex');
  const files = (await readdir(folder)).filter((file) => /^\d+-.+\.json$/.test(file));
  if (files.some((file) => file.slice(file.indexOf('-') + 1) === `${name}.json`)) return;
  const next = Math.max(0, ...files.map((file) => Number.parseInt(file, 10))) + 1;
  const temporary = join(folder, `.${name}.${process.pid}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(command));
    await file.sync();
  } finally {
    await file.close();
  }
  if (owner !== null) await chown(temporary, owner, owner);
  await rename(temporary, join(folder, `${String(next).padStart(10, '0')}-${name}.json`));
  const directory = await open(folder, 'r');
  await directory.sync();
  await directory.close();
}
