/** Where git and ssh-keygen are looked for when the composition root names no other search path. */
export const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/** The empty tree: as a source of attributes it has none. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Settings that win over whatever a repository's own config says: no hook, filter, credential helper, gc or foreign protocol. */
const safeConfig: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.askPass', '/bin/false'],
  ['core.sshCommand', '/bin/false'],
  ['core.alternateRefsCommand', 'true'],
  ['core.commitGraph', 'false'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['protocol.http.allow', 'always'],
  ['protocol.https.allow', 'always'],
  ['protocol.file.allow', 'always'],
  ['safe.directory', '*'],
  ['gc.auto', '0'],
  ['gc.autoDetach', 'false'],
  ['maintenance.auto', 'false'],
  ['receive.autogc', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['commit.gpgSign', 'false'],
  ['log.showSignature', 'false'],
  ['diff.renameLimit', '2000'],
  ['merge.renameLimit', '2000'],
  ['pack.threads', '1'],
  ['init.defaultBranch', 'main'],
];

/** One setting for one command, as `[key, value]`; later ones win. */
export type GitConfig = readonly (readonly [string, string])[];

/**
 * The whole environment of a git command: nothing of ours is inherited. Configuration travels here rather than as `-c`, so
 * that argv stays free of addresses and host paths.
 */
export function gitEnvironment(
  searchPath: string,
  config: GitConfig,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const all = [...safeConfig, ...config];
  const environment: Record<string, string> = {
    PATH: searchPath,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ATTR_SOURCE: emptyTree,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_EDITOR: '/bin/false',
    GIT_PAGER: 'cat',
    GIT_ALLOW_PROTOCOL: 'http:https:file',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: String(all.length),
  };
  for (const [index, [key, value]] of all.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return { ...environment, ...extra };
}

/**
 * The program that git starts at the other end of a path on this machine. Git clears GIT_CONFIG_* for it and it reads that
 * repository's own config, so what must hold is on its command line, which wins over every file.
 */
export function otherEndCommand(program: 'upload-pack' | 'receive-pack'): string {
  const settings = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'core.alternateRefsCommand=true',
    'receive.autogc=false',
    'receive.denyCurrentBranch=refuse',
    'gc.auto=0',
    'safe.directory=*',
  ];
  return `git ${settings.map((setting) => `-c '${setting}'`).join(' ')} ${program}`;
}

/** Argv as people may see it: credentials in addresses masked, host paths shortened to their last part. */
export function redactArgv(argv: readonly string[]): string[] {
  return argv.map((argument) => {
    if (/^\/.+\/[^/]+$/.test(argument) && !argument.includes('\n')) return `…/${argument.slice(argument.lastIndexOf('/') + 1)}`;
    return redactUrls(argument);
  });
}

/** Masks user and password in every URL of a text. */
export function redactUrls(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@');
}
