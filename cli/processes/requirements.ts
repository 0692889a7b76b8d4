import { execa } from 'execa';
import postgres from 'postgres';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

/** `git merge-tree --write-tree` and friends. */
const oldestGit = [2, 38] as const;

/** Version of git. DomainError `git-missing` or `git-old` says what to do. */
export async function requireGit(path: string): Promise<string> {
  const result = await execa('git', ['--version'], { reject: false, stdin: 'ignore', env: { PATH: path } });
  if (result.failed) {
    throw new DomainError(
      'permanent',
      'git-missing',
      'git is not on the PATH: install git 2.38 or newer (apt-get install git, brew install git) and start again',
    );
  }
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(String(result.stdout)) ?? [];
  const old = Number(major) < oldestGit[0] || (Number(major) === oldestGit[0] && Number(minor) < oldestGit[1]);
  if (old) {
    throw new DomainError(
      'permanent',
      'git-old',
      `git ${major}.${minor} is too old: install git ${oldestGit.join('.')} or newer and start again`,
    );
  }
  return `${major}.${minor}`;
}

/** Checks a database that is not ours. DomainError `database-unreachable` names reason and mend, never the password. */
export async function requireDatabase(url: string, timeoutMs = 10_000): Promise<void> {
  const { host, pathname } = new URL(url);
  const sql = postgres(url, { max: 1, connect_timeout: timeoutMs / 1000, onnotice: () => {} });
  try {
    await sql`select 1`;
  } catch (error) {
    throw new DomainError(
      'transient',
      'database-unreachable',
      `database: ${host}${pathname} does not answer: ${messageOf(error)}; start that server, correct DATABASE_URL, or unset it to use the embedded one`,
      { cause: error },
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}
