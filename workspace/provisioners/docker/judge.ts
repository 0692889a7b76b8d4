import type { Surroundings } from '../../supervisor/look-around.ts';

/** What the daemon says of itself, as far as it decides which limits hold. */
export interface DaemonFacts {
  version: string;
  /** It runs as an ordinary user, who is root to its containers. */
  rootless: boolean;
  limitsMemory: boolean;
  limitsProcesses: boolean;
  limitsCpu: boolean;
  cpus: number;
}

/**
 * Every reason why agents that are not trusted may not run in such a container; empty: they may. `rootless`: root inside is an ordinary
 * user of this machine, and has CAP_SETFCAP (container.ts). Pure.
 */
export function isolationProblems(found: Surroundings, image: string, { rootless = false } = {}): string[] {
  const problems: (string | false)[] = [
    found.uid === 0 && !rootless && 'programs run as root in it',
    ![found.effectiveCapabilities, found.boundingCapabilities].every((held) => (rootless ? /^0*80000000$/ : /^0+$/).test(held)) &&
      'programs have capabilities in it',
    !found.noNewPrivileges && 'programs may gain privileges in it',
    found.seccomp !== 2 && 'no seccomp filter holds',
    found.interfaces.length > 0 && `it has a network (${found.interfaces.join(', ')})`,
    found.reached.length > 0 && `it reaches ${found.reached.join(', ')}`,
    found.writable.length > 0 && `it can write in ${found.writable.join(', ')}`,
    found.present.length > 0 && `it sees ${found.present.join(', ')}`,
    !found.doorAnswers && 'the socket of the gateway does not answer in it: the daemon has other files or another kernel than this machine',
    found.programs.git === null && `the image ${image} has no git`,
    found.programs.codex === null && `the image ${image} has no Codex CLI at /opt/astraforge/codex`,
    found.nestedProblem !== null &&
      `the sandbox of the agent does not start in it (${found.nestedProblem}); allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)`,
  ];
  return problems.filter((problem) => problem !== false);
}

/** What was found, without counters of limits that this daemon does not keep: those would be some other group's. Pure. */
export function withOwnCounters(found: Surroundings, facts: DaemonFacts): Surroundings {
  return {
    ...found,
    memoryEventsFile: facts.limitsMemory ? found.memoryEventsFile : null,
    pidsEventsFile: facts.limitsProcesses ? found.pidsEventsFile : null,
  };
}

/** Which isolation and limits hold, by name. Pure. */
export function holdsOf(found: Surroundings, facts: DaemonFacts, disk: 'mount' | 'watch', image: string): Record<string, string> {
  return {
    isolation: `container of ${facts.rootless ? 'rootless ' : ''}Docker ${facts.version}, bubblewrap around the agent`,
    network: 'none but loopback',
    user:
      found.uid === 0
        ? 'the one who runs AstraForge, with no capability of use, under a seccomp filter'
        : `${found.uid}, without capabilities, under a seccomp filter`,
    image,
    agent: 'nested sandbox: sees neither token, event file nor supervisor',
    memory: facts.limitsMemory ? 'cgroup' : 'watchdog',
    processes: facts.limitsProcesses ? 'cgroup' : 'watchdog',
    cpu: facts.limitsCpu ? 'cgroup' : 'not limited',
    disk: disk === 'mount' ? 'mounted file system of its size' : 'watchdog',
  };
}
