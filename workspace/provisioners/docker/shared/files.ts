import type Docker from 'dockerode';
import { inside } from '../../host-folder/inside.ts';
import { supervisorTasks } from '../container.ts';
import type { ContainerFiles } from '../container.ts';

/** Folders of this machine that a container sees. */
export interface SharedFolders {
  privateDir: string;
  gitDir: string;
  checkoutDir: string;
  gatewayDir: string;
  bundlePath: string;
}

/** The files of a container at a daemon of this machine. Pure. */
export function sharedFiles(folders: SharedFolders): ContainerFiles {
  return {
    mounts: [
      bind(folders.privateDir, inside.privateDir, false),
      bind(folders.gitDir, inside.gitDir, false),
      bind(folders.checkoutDir, inside.checkoutDir, false),
      bind(folders.gatewayDir, inside.gateway, true),
      bind(folders.bundlePath, inside.supervisor, true),
    ],
    supervisor: inside.supervisor,
    tasks: supervisorTasks,
    names: [],
  };
}

function bind(source: string, target: string, readOnly: boolean): Docker.MountSettings {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readOnly, BindOptions: { Propagation: 'rprivate' } };
}
