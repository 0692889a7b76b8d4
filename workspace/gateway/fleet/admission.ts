import type { GatewayCard } from '../../../db/gateways.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';

/**
 * Why a gateway may not stand beside those that live; null: it may. `gateway-id-taken`: a living one has its id elsewhere, or has
 * taken it since (`isMember`: we were registered before). `gateway-folder-apart`: they keep repositories in another folder. A row
 * with our own addresses is that of a process which is gone, since we are the one who listens there. Pure.
 */
export function refuseGateway(me: GatewayCard, living: readonly GatewayCard[], isMember: boolean): DomainError | null {
  const others = living.filter(({ instance }) => instance !== me.instance);
  const namesake = others.find(({ gatewayId }) => gatewayId === me.gatewayId);
  const isPredecessor = namesake?.serviceUrl === me.serviceUrl && namesake.doorSocket === me.doorSocket;
  if (namesake && (isMember || !isPredecessor)) {
    return new DomainError(
      'permanent',
      'gateway-id-taken',
      `gateway: another one named ${me.gatewayId} lives at ${namesake.serviceUrl}. Give each gateway a GATEWAY_ID of its own, or stop the other one; one that was killed is forgotten within seconds.`,
    );
  }
  const apart = others.find(({ folderId }) => folderId !== me.folderId);
  if (!apart) return null;
  return new DomainError(
    'permanent',
    'gateway-folder-apart',
    `gateway: ${apart.gatewayId}, which lives at ${apart.serviceUrl}, keeps its repositories in another folder than this one, so neither would find the runs of the other. Give all gateways of an installation one STATE_DIR/gateway on a shared disk, or stop the other one.`,
  );
}
