import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { normalize } from 'node:path/posix';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { printable } from '../printable.ts';
import { beginProblem, serviceImageProblem, statusOf } from './judge.ts';
import type { StartProblem } from './judge.ts';
import { mountPoint, uncountedMounts } from './mounts.ts';
import type { ServiceImage } from './service-parts.ts';
import { trialContainers } from './trial-pod.ts';

const between = '--astraforge--';
const passwdChars = 16 * 1024;
const maxVolumes = 16;
/** Of the kernel, or of the node; no volume of a service is in one of them. */
const notForVolumes = ['/proc', '/sys', '/dev', '/etc/passwd', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/** Prints what `imageOf` reads, with no program but the shell. */
export const printImage = [
  '/bin/sh',
  '-c',
  `show() { while IFS= read -r line || [ -n "$line" ]; do printf "%s\\n" "$line"; done <"$1"; }
show /proc/self/mountinfo; echo ${between}; show /proc/self/status; echo ${between}; [ ! -f /etc/passwd ] || show /etc/passwd`,
];

/**
 * What an image is like, of what a shell of it printed in the container `name` of its trial. Null when that is not what it printed. The shell is the image's, so its word
 * is taken within limits: DomainError `setup-failed` names volumes that nobody mounts. Pure.
 */
export function imageOf(printed: string, pod: V1Pod, name: string): ServiceImage | null {
  const [mountinfo, status, passwd] = printed.split(`${between}\n`);
  const id = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1] ?? Number.NaN);
  const [uid, gid] = [id('Uid'), id('Gid')];
  if (mountinfo === undefined || passwd === undefined || Number.isNaN(uid) || Number.isNaN(gid)) return null;
  const volumes = uncountedMounts(mountinfo, pod, name).map(mountPoint);
  const problem = volumesProblem(volumes);
  const image = pod.spec?.containers.find((container) => container.name === name)?.image ?? '';
  if (problem !== null)
    throw new DomainError(
      'permanent',
      'setup-failed',
      `workspace: the image ${image} of a service ${problem}; name another one in the project`,
    );
  return { uid, gid, volumes, passwd: passwdWith(passwd, uid, gid) };
}

function volumesProblem(volumes: readonly string[]): string | null {
  if (volumes.length > maxVolumes) return `declares ${volumes.length} volumes, and on Kubernetes a service may have ${maxVolumes}`;
  const odd = volumes.find((path) => !mayBeMounted(path));
  return odd === undefined ? null : `declares the volume ${printable(odd)}, where on Kubernetes no service may have one`;
}

/** A colon no cluster takes in a path. */
function mayBeMounted(path: string): boolean {
  const isPlain = /^\/[^:]+$/.test(path) && normalize(path) === path && !path.endsWith('/');
  return isPlain && !notForVolumes.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Programs ask for the name of their user, and some end when it has none. */
function passwdWith(passwd: string, uid: number, gid: number): string | null {
  const hasUser = passwd.split('\n').some((line) => line.split(':')[2] === String(uid));
  if (hasUser || passwd.length > passwdChars) return null;
  return `${passwd}service:x:${uid}:${gid}:service:/tmp:/bin/sh\n`;
}

/** Which container of a trial shows its image: of its own user where that is a number and not root's, else of ours. Undefined: none as yet. Pure. */
export function shownBy(pod: V1Pod): string | undefined {
  const own = statusOf(pod, trialContainers.own);
  if (own?.state?.running) return trialContainers.own;
  return isForRoot(own) && statusOf(pod, trialContainers.given)?.state?.running ? trialContainers.given : undefined;
}

/** A node starts nothing as root here, nor as a user of whom it knows only a name. */
function isForRoot(status: V1ContainerStatus | undefined): boolean {
  return /non-?root/i.test(status?.state?.waiting?.message ?? '');
}

/** Why a trial does not begin; null: nothing is wrong as far as one can see. Pure. */
export function trialProblem(pod: V1Pod, wanted: string, image: string): StartProblem | null {
  const own = statusOf(pod, trialContainers.own);
  const shown = isForRoot(own) ? statusOf(pod, trialContainers.given) : own;
  const ended = shown?.state?.terminated;
  if (!ended) return beginProblem(pod, (trouble) => serviceImageProblem(wanted, image, trouble), shown);
  const text = `the image ${image} of ${wanted} shows nothing of itself (${printable(ended.message ?? ended.reason ?? '')}): on Kubernetes it needs /bin/sh. Name another one`;
  return { kind: 'permanent', code: 'setup-failed', text, final: true };
}
