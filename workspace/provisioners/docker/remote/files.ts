import type Docker from 'dockerode';
import { ownPaths } from '../../exec-place/layout.ts';
import { inside } from '../../host-folder/inside.ts';
import { hostname, supervisorTasks } from '../container.ts';
import type { ContainerFiles } from '../container.ts';

/** What the programs of those who watch need beside the supervisor: a courier, a tail and a delivery for each of a few processes. */
const visitorTasks = 128;

/** Folders that a workspace writes in; each is a volume of its container and goes with it. */
export const ownFolders = [inside.privateDir, inside.gitDir, inside.checkoutDir] as const;

/**
 * The files of a container that shares none. `serviceNames`: of its services, which are found by its file of names. It has that file always,
 * so that what was tried is what runs. `labels`: of its volumes, which may be left without it. Pure.
 */
export function ownFiles(serviceNames: readonly string[], labels: Record<string, string>): ContainerFiles {
  return {
    mounts: ownFolders.map((target) => volume(target, labels)),
    supervisor: ownPaths.supervisor,
    tasks: supervisorTasks + visitorTasks,
    names: [hostname, ...serviceNames],
  };
}

/** Without a name, and without what the image has in this place. */
function volume(target: string, labels: Record<string, string>): Docker.MountSettings {
  const VolumeOptions = { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: {} } };
  return { Type: 'volume', Source: '', Target: target, ReadOnly: false, VolumeOptions };
}
