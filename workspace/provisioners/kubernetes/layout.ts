import type { Place } from '../../supervisor/place.ts';
import { ownPaths } from '../exec-place/layout.ts';
import { insidePlace } from '../host-folder/inside.ts';

const launchDir = '/run/launch';

/** Where things are in a Pod, beside what is the same in every sandbox. */
export const podPaths = {
  ...ownPaths,
  /** As the supervisor sees them. */
  launch: { writing: '/run/launch-writing', reading: '/run/launch-reading' },
  /** As each of the agent's containers sees its own. */
  launchDir,
} as const;

/** Names of the containers. */
export const containers = { supervisor: 'supervisor', writing: 'agent', reading: 'reader' } as const;

const serviceEnd = '-service';

/** Name of the container of a service. */
export function serviceContainer(service: string): string {
  return `${service}${serviceEnd}`;
}

/** The service whose container has this name; null for a container of the workspace. */
export function serviceOf(containerName: string): string | null {
  return containerName.endsWith(serviceEnd) ? containerName.slice(0, -serviceEnd.length) : null;
}

/** What the supervisor is told about its place: the agent has containers of its own instead of a sandbox around it. */
export function placeInPod(codexPath: string): Place {
  return {
    ...insidePlace({ disk: 'watch', codexPath, memoryEventsFile: null, pidsEventsFile: null, bwrapPath: '' }),
    doorSocket: podPaths.doorSocket,
    sandbox: null,
    launch: podPaths.launch,
  };
}
