import { DomainError } from '../../../workflows/contracts/errors.ts';
import { lastLine } from './run-git.ts';

type Verdict = { kind: 'transient' | 'permanent'; code: string; next: string };

/** What git says about the other end, first match wins. Texts of git 2.38 to 2.51 with LC_ALL=C. */
const verdicts: readonly (readonly [RegExp, Verdict])[] = [
  [
    /mismatched algorithms|unsupported object format|unknown repository extension/i,
    { kind: 'permanent', code: 'repository-unsupported', next: 'use a repository with SHA-1 object names and the files ref format' },
  ],
  [
    /authentication failed|could not read (username|password)|error: 40[13]|access denied|permission denied|unable to get password/i,
    { kind: 'permanent', code: 'repository-denied', next: 'give AstraForge access to it' },
  ],
  [
    /transport '.*' not allowed|protocol '.*' is not supported|is not allowed/i,
    { kind: 'permanent', code: 'unsupported-url', next: 'use an https:// URL or an absolute path' },
  ],
  [
    /repository .*not found|does not appear to be a git repository|not a git repository|error: 404|does not exist|no such file or directory/i,
    { kind: 'permanent', code: 'repository-unreachable', next: 'check the address (a folder without git is registered as a folder)' },
  ],
  [/.*/, { kind: 'transient', code: 'repository-unreachable', next: 'check the network and try again' }],
];

/** What this machine lacks. It says nothing about the other end, and nothing about what is stored here. */
const shortage =
  /no space left on device|disk quota exceeded|read-only file system|too many open files|cannot allocate memory|unable to create '[^'\n]*': permission denied/i;
const shortageVerdict: Verdict = {
  kind: 'transient',
  code: 'gateway-disk',
  next: "free space, memory or file descriptors of the gateway, or mend its folders' permissions, and try again",
};

/** Translates a failed `ls-remote`, `fetch` or `push` into what a person can act on. */
export function remoteFailure(stage: string, stderr: string, cause?: unknown): DomainError {
  const found = verdicts.find(([pattern]) => pattern.test(stderr))?.[1];
  const told = found ?? { kind: 'transient', code: 'repository-unreachable', next: 'try again' };
  const verdict = shortage.test(ownLines(stderr)) ? shortageVerdict : told;
  return new DomainError(verdict.kind, verdict.code, `${stage}: ${reasonOf(stderr)}; ${verdict.next}`, { cause, details: { stderr } });
}

/** Git ends with advice; its reason is the first `fatal:` or `remote:` line. */
function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const fatal = lines.find((line) => line.startsWith('fatal:') || line.startsWith('remote: error'));
  return fatal?.replace(/^fatal: /, '') ?? (lastLine(stderr) || 'git gave no reason');
}

/**
 * A mirror whose own files are damaged: it is a cache, so it is made anew. What a full disk, a lack of descriptors, missing permissions or
 * the lock of a ref bring about is none: runs at work read its objects.
 */
export function isMirrorDamage(stderr: string): boolean {
  const ours = ownLines(stderr);
  if (shortage.test(ours) || /permission denied/i.test(ours)) return false;
  return /bad object|missing (blob|tree|commit)|object file .* is empty|loose object .* corrupt|bad config|packfile .* (cannot be accessed|is corrupt|does not match)|unable to (find|read) [0-9a-f]{40}|bad signature|unresolved deltas|did not send all necessary objects/i.test(
    ours,
  );
}

/** Without what the other end says. */
function ownLines(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('remote:'))
    .join('\n');
}
