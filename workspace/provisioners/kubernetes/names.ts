import { createHash } from 'node:crypto';

const managedBy = 'app.kubernetes.io/managed-by';
const program = 'astraforge';
const ownerLabel = 'astraforge.dev/installation';
const roleLabel = 'astraforge.dev/role';
const workspaceAnnotation = 'astraforge.dev/workspace';

/** Name of the policy that cuts every Pod of ours off. */
export const policyName = 'astraforge-workspaces';

/** Labels that the policy selects. */
export const policyLabels: Record<string, string> = { [managedBy]: program };

/** A workspace has one Pod name, so that making it twice finds the first: readable as far as a name may be, and unique by its end. */
export function podName(installation: string, workspaceId: string): string {
  const readable = workspaceId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
    .replace(/^-+|-+$/g, '');
  const unique = createHash('sha256').update(`${installation}/${workspaceId}`).digest('hex').slice(0, 16);
  return ['astraforge', readable, unique].filter((part) => part !== '').join('-');
}

/** Labels by which a Pod is found again, whoever made it. */
export function podLabels(installation: string, role: 'workspace' | 'probe'): Record<string, string> {
  return { ...policyLabels, [ownerLabel]: installation, [roleLabel]: role };
}

/** A label selector for the Pods of one role. */
export function selectorOf(installation: string, role: 'workspace' | 'probe'): string {
  return Object.entries(podLabels(installation, role))
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** A workspace's id may have letters that labels do not allow. */
export function workspaceAnnotations(workspaceId: string): Record<string, string> {
  return { [workspaceAnnotation]: workspaceId };
}

/** The workspace of a listed Pod; null for one that is none. */
export function workspaceOf(annotations: Record<string, string> | undefined): string | null {
  return annotations?.[workspaceAnnotation] ?? null;
}
