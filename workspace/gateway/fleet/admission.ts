import type { GatewayCard } from '../../../db/gateways.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';

/**
 * Why a gateway may not stand beside those that live; null: it may. `gateway-id-taken`: a living one has its id elsewhere, or has
 * taken it since (`isMember`: we were registered before). `gateway-folder-apart`: they keep repositories in another folder.
 * `gateway-service-taken`: one says that it is reached at our address. A row of our id with our own addresses is that of a process
 * which is gone, since we are the one who listens there: it counts for nothing. Pure.
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
  const neighbours = others.filter((other) => other !== namesake);
  const apart = neighbours.find(({ folderId }) => folderId !== me.folderId);
  if (apart) {
    return new DomainError(
      'permanent',
      'gateway-folder-apart',
      `gateway: ${apart.gatewayId}, which lives at ${apart.serviceUrl}, keeps its repositories in another folder than this one, so neither would find the runs of the other. Give all gateways of an installation one STATE_DIR/gateway on a shared disk, or stop the other one.`,
    );
  }
  const alike = isMember ? undefined : neighbours.find(({ serviceUrl }) => serviceUrl === me.serviceUrl);
  if (alike) {
    return new DomainError(
      'permanent',
      'gateway-service-taken',
      `gateway: ${alike.gatewayId}, which lives, has the same GATEWAY_SERVICE_URL ${me.serviceUrl}, so nobody could tell them apart. Give each gateway one of its own; one that was killed is forgotten within seconds.`,
    );
  }
  return null;
}
