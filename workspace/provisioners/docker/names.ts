import { createHash } from 'node:crypto';

const ownerLabel = 'astraforge.installation';
const workspaceLabel = 'astraforge.workspace';
const serviceLabel = 'astraforge.service';
const probeLabel = 'astraforge.probe';
/** Most bytes of its event file, where no folder of ours says it. */
export const outputLabel = 'astraforge.output-bytes';

/** Marks what belongs to the installation that keeps its workspaces in this folder: the same in each of its processes, for ever. */
export function installationOf(workspacesDir: string): string {
  return createHash('sha256').update(workspacesDir).digest('hex').slice(0, 12);
}

/** A workspace has one name, so that making it twice finds the first. */
export function containerName(installation: string, workspaceId: string): string {
  return `astraforge-${installation}-${workspaceId}`;
}

/** The name of one that has not begun: nobody adopts it, and its supervisor ends with its maker. */
export function newContainerName(installation: string, workspaceId: string): string {
  return `${containerName(installation, workspaceId)}.new`;
}

/** Labels by which a container is found again, also when nothing else is left of its workspace. */
export function labelsOf(installation: string, workspaceId: string): Record<string, string> {
  return { [ownerLabel]: installation, [workspaceLabel]: workspaceId };
}

/** A filter of the daemon's list for everything that belongs to the installation. */
export function ownedBy(installation: string): { label: string[] } {
  return { label: [`${ownerLabel}=${installation}`] };
}

/** The workspace of a listed container; null for one that is none. */
export function workspaceOf(labels: Record<string, string>): string | null {
  return labels[workspaceLabel] ?? null;
}

/** A service of a workspace has one name, too. */
export function serviceName(installation: string, workspaceId: string, service: string): string {
  return `${containerName(installation, workspaceId)}.service.${service}`;
}

/** Those of its workspace, so that both are found and end together, and its own. */
export function serviceLabels(installation: string, workspaceId: string, service: string): Record<string, string> {
  return { ...labelsOf(installation, workspaceId), [serviceLabel]: service };
}

/** A filter of the daemon's list for the container of a workspace and those of its services. */
export function containersOf(installation: string, workspaceId: string): { label: string[] } {
  return { label: [`${ownerLabel}=${installation}`, `${workspaceLabel}=${workspaceId}`] };
}

/** Marks a container that only tries the isolation: it is nobody's workspace. */
export function probeLabels(installation: string): Record<string, string> {
  return { [probeLabel]: installation };
}

/** A filter of the daemon's list for the installation's probes. */
export function probesOf(installation: string): { label: string[] } {
  return { label: [`${probeLabel}=${installation}`] };
}
