import { createHash } from 'node:crypto';

/**
 * Gateways in the order in which a key is served by them, by the highest hash of key and id (rendezvous hashing): whoever asks
 * comes to the same order, and when a gateway comes or goes, only the keys move that it gets or had. Pure.
 */
export function rankGateways<T extends { gatewayId: string }>(key: string, gateways: readonly T[]): T[] {
  const scored = gateways.map((gateway) => ({ gateway, score: scoreOf(key, gateway.gatewayId) }));
  return scored.sort((one, other) => (one.score < other.score ? 1 : one.score > other.score ? -1 : 0)).map(({ gateway }) => gateway);
}

function scoreOf(key: string, gatewayId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([key, gatewayId]))
    .digest('hex');
}
