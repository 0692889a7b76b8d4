import { chmod, chown, lstat, opendir, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

/** As whom Postgres runs, since it refuses root: a prefix for its commands, and ids to spawn them with. */
export interface PostgresIdentity {
  /** Shown by `doctor`. */
  description: string;
  uid?: number;
  gid?: number;
  /** Command and arguments that the program is appended to. */
  prefix: string[];
  /** Owner of the data folder. */
  ownerUid: number;
  ownerGid: number;
}

/**
 * Not root: as the caller. Root: as the system user `postgres` (made when it is missing), where that user can reach program
 * and data; otherwise (a folder that only root enters, as the state folder is at first) in a user namespace that calls root's own
 * files another user's; where there are no such namespaces, as that user again with the folder opened for passing through.
 * DomainError `postgres-as-root` when neither works.
 */
export async function postgresIdentity(program: string, dataDir: string): Promise<PostgresIdentity> {
  const me = userInfo();
  if (me.uid !== 0) return { description: `as ${me.username}`, prefix: [], ownerUid: me.uid, ownerGid: me.gid };
  const failures: string[] = [];
  for (const attempt of [asSystemUser, inUserNamespace, asSystemUserThroughOurFolder]) {
    try {
      return await attempt(program, dirname(dataDir));
    } catch (error) {
      failures.push(messageOf(error).split('\n')[0] ?? '');
    }
  }
  throw new DomainError(
    'permanent',
    'postgres-as-root',
    `postgres: it refuses to run as root and no other way works here (${failures.join('; ')}); run as a user, move the installation to a folder that ` +
      'everybody may enter, or set DATABASE_URL',
  );
}

/** Gives the folder with all in it to the identity, when its top belongs to somebody else. */
export async function takeOwnership(dataDir: string, identity: PostgresIdentity): Promise<void> {
  if (userInfo().uid !== 0) return;
  const top = await stat(dataDir);
  if (top.uid === identity.ownerUid && top.gid === identity.ownerGid) return;
  await chownBelow(dataDir, identity);
  await chown(dataDir, identity.ownerUid, identity.ownerGid);
}

async function chownBelow(folder: string, identity: PostgresIdentity): Promise<void> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if ((await lstat(path)).isSymbolicLink()) continue;
    if (entry.isDirectory()) await chownBelow(path, identity);
    await chown(path, identity.ownerUid, identity.ownerGid);
  }
}

async function asSystemUser(program: string, parentDir: string): Promise<PostgresIdentity> {
  const ids = (await systemUser()) ?? (await makeSystemUser());
  await execa(program, ['--version'], { uid: ids.uid, gid: ids.gid, stdin: 'ignore', cwd: '/' });
  await execa('test', ['-x', parentDir], { uid: ids.uid, gid: ids.gid, stdin: 'ignore', cwd: '/' });
  return { description: 'as the system user postgres', uid: ids.uid, gid: ids.gid, prefix: [], ownerUid: ids.uid, ownerGid: ids.gid };
}

async function systemUser(): Promise<{ uid: number; gid: number } | null> {
  const [uid, gid] = await Promise.all([
    execa('id', ['-u', 'postgres'], { reject: false }),
    execa('id', ['-g', 'postgres'], { reject: false }),
  ]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function makeSystemUser(): Promise<{ uid: number; gid: number }> {
  await execa('groupadd', ['--system', '--force', 'postgres']);
  await execa('useradd', ['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = await systemUser();
  if (!made) throw new Error('useradd did not make the user postgres');
  return made;
}

/** Others may pass through the state folder then, but list nothing in it; what is secret in it has modes of its own. */
async function asSystemUserThroughOurFolder(program: string, parentDir: string): Promise<PostgresIdentity> {
  await chmod(parentDir, ((await stat(parentDir)).mode & 0o777) | 0o011);
  return asSystemUser(program, parentDir);
}

/** initdb looks its user up in /etc/passwd, so the namespace uses one that every system has. */
async function inUserNamespace(program: string): Promise<PostgresIdentity> {
  const [uid, gid] = await Promise.all([execa('id', ['-u', 'nobody']), execa('id', ['-g', 'nobody'])]);
  const prefix = ['unshare', '--user', `--map-user=${uid.stdout}`, `--map-group=${gid.stdout}`, '--'];
  await execa(prefix[0] ?? '', [...prefix.slice(1), program, '--version'], { stdin: 'ignore' });
  return { description: 'as nobody in a user namespace', prefix, ownerUid: 0, ownerGid: 0 };
}
