import { describe, expect, it } from '@jest/globals';
import type { GatewayCard } from '../../../db/gateways.ts';
import { refuseGateway } from './admission.ts';

const me: GatewayCard = { gatewayId: 'a', instance: 'mine', serviceUrl: 'unix:/s/a', doorSocket: '/d/a', folderId: 'one' };
const neighbour: GatewayCard = { ...me, gatewayId: 'b', instance: 'other', serviceUrl: 'unix:/s/b', doorSocket: '/d/b' };

describe('a gateway', () => {
  it.each<[string, GatewayCard[], boolean, string | null]>([
    ['alone is taken', [], false, null],
    ['beside others on the same folder is taken', [neighbour], false, null],
    ['that renews its own row is taken', [me, neighbour], true, null],
    ['started again after it was killed takes its row over', [{ ...me, instance: 'before' }], false, null],
    ['with the id of one elsewhere is refused', [{ ...neighbour, gatewayId: 'a' }], false, 'gateway-id-taken'],
    ['with the service of another but its own door is refused', [{ ...me, instance: 'o', doorSocket: '/d/z' }], false, 'gateway-id-taken'],
    ['whose id was taken since says so', [{ ...me, instance: 'later' }], true, 'gateway-id-taken'],
    ['on another folder is refused', [{ ...neighbour, folderId: 'two' }], false, 'gateway-folder-apart'],
    ['whose folder was reset takes the row of its killed one over', [{ ...me, instance: 'o', folderId: 'two' }], false, null],
    ['with the service address of another one is refused', [{ ...neighbour, serviceUrl: me.serviceUrl }], false, 'gateway-service-taken'],
  ])('%s', (_what, living, isMember, code) => {
    const refusal = refuseGateway(me, living, isMember);

    expect(refusal?.code ?? null).toBe(code);
  });

  it('is told what stands in its way and what to do', () => {
    const refusal = refuseGateway(me, [{ ...neighbour, folderId: 'two' }], false);

    expect(refusal?.message).toMatch(
      /^gateway: b, which lives at unix:\/s\/b, keeps .* Give all gateways of an installation one STATE_DIR\/gateway/,
    );
  });
});
