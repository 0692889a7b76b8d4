import type { Workspace } from '../../../port.ts';
import { createCouriers } from '../../exec-place/courier.ts';
import { openExecWorkspace } from '../../exec-place/workspace.ts';
import { dockerFailure, statusOf } from '../failure.ts';
import { listContainers, removeContainers } from '../containers.ts';
import { containerName, outputLabel } from '../names.ts';
import type { Premises } from '../premises.ts';
import type { DockerProvisionerOptions } from '../prepare.ts';
import { requireUnbegun } from './begun.ts';
import { installationIn } from './installation.ts';
import { lookInVolumes } from './look.ts';
import { containerPlace } from './place.ts';
import { startInVolumes } from './start.ts';

/** Workspaces of a daemon that shares no file with this machine: each is a container with volumes, whose labels say what is known of it. */
export function remotePremises(options: DockerProvisionerOptions): Premises {
  const { daemon } = options;
  const installation = installationIn(options.workspacesDir);
  const couriers = createCouriers();
  /** Containers whose doors are held open by this process. */
  const doors = new Map<string, string>();
  /** Containers that this process starts. */
  const begun = new Map<string, string>();

  function keepDoor(workspaceId: string, id: string): void {
    const before = doors.get(workspaceId);
    if (before !== undefined && before !== id) couriers.drop(before);
    doors.set(workspaceId, id);
    couriers.keep(containerPlace(daemon, id), () => options.chooseDoor?.(workspaceId) ?? options.doorSocket);
  }

  function open(workspaceId: string, id: string, outputBytes: number): Workspace {
    return openExecWorkspace(containerPlace(daemon, id), { workspaceId, outputBytes });
  }

  function clear(workspaceId: string): Promise<void> {
    const id = doors.get(workspaceId);
    if (id !== undefined) couriers.drop(id);
    doors.delete(workspaceId);
    return Promise.resolve();
  }

  return {
    installation,
    look: lookInVolumes,
    async start(input) {
      const { workspaceId, limits } = input.spec.job;
      // The door is there by the time at which the supervisor asks through it.
      const onRunning = (id: string): void => keepDoor(workspaceId, id);
      const onMade = (id: string): void => void begun.set(workspaceId, id);
      const id = await startInVolumes({ ...options, ...input, installation, onMade, onRunning });
      begun.delete(workspaceId);
      return open(workspaceId, id, limits.outputBytes);
    },
    async undo(workspaceId) {
      const own = begun.get(workspaceId);
      begun.delete(workspaceId);
      await clear(workspaceId);
      if (own !== undefined) await removeContainers(daemon, installation, workspaceId, own);
    },
    requireFree: (workspaceId) => requireUnbegun(daemon, installation, workspaceId),
    async adopt(workspaceId) {
      try {
        const { Id, State, Config } = await daemon.docker.getContainer(containerName(installation, workspaceId)).inspect();
        if (State.Running) keepDoor(workspaceId, Id);
        return open(workspaceId, Id, Number(Config.Labels[outputLabel]));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw dockerFailure('workspace', error, daemon.address);
      }
    },
    clear,
    list: () => listContainers(daemon, installation),
  };
}
