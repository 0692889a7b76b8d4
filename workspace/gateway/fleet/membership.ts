import type { Logger } from '../../../config/logger.ts';
import { listLivingGateways, lockGateways, putGateway, removeGateway, renewGateway, type GatewayCard } from '../../../db/gateways.ts';
import type { Database } from '../../../db/port.ts';
import { messageOf, type DomainError } from '../../../workflows/contracts/errors.ts';
import { refuseGateway } from './admission.ts';
import { within } from './patience.ts';

/** Tenant under which a gateway says that it lives; the row itself belongs to none. */
const anyTenant = 'default';
const againMs = 500;
const leavePatienceMs = 2_000;

export interface MembershipOptions {
  database: Database;
  gateway: GatewayCard;
  logger: Logger;
  /** How long others take it for living after it last said so. */
  leaseMs?: number;
  everyMs?: number;
}

/** A gateway among those that live. */
export interface Membership {
  /** Resolves once it is registered for the first time. */
  joined: Promise<void>;
  /** Resolves with the reason when it may not be registered at all; pending else. */
  refused: Promise<DomainError>;
  /** Takes its row away, so that nobody chooses it from then on. A database that hangs is left after 2 s: the lease ends by itself. */
  leave(): Promise<void>;
}

/**
 * Registers a gateway that listens, and renews its lease until it leaves. A database that is away or not migrated yet is asked
 * again; after a pause longer than its lease it is registered anew.
 */
export function joinGateways(options: MembershipOptions): Membership {
  const { database, gateway, logger, leaseMs = 15_000, everyMs = 5_000 } = options;
  const joined = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<DomainError>();
  const state = { isMember: false, isLeaving: false };
  let timer: NodeJS.Timeout | null = null;

  async function register(): Promise<DomainError | null> {
    return database.withTenant(anyTenant, async (tx) => {
      if (state.isMember && (await renewGateway(tx, gateway, leaseMs))) return null;
      await lockGateways(tx);
      const refusal = refuseGateway(gateway, await listLivingGateways(tx), state.isMember);
      if (refusal === null) await putGateway(tx, gateway, leaseMs);
      return refusal;
    });
  }

  /** False when it is over: a newcomer that was refused. */
  async function oneRound(): Promise<boolean> {
    const refusal = await register();
    if (refusal === null) {
      if (!state.isMember) logger.info('gateway registered', { gatewayId: gateway.gatewayId });
      state.isMember = true;
      joined.resolve();
      return true;
    }
    if (!state.isMember) refused.resolve(refusal);
    else logger.error('gateway is not chosen any more', { gatewayId: gateway.gatewayId, reason: refusal.message });
    return state.isMember;
  }

  async function again(): Promise<void> {
    try {
      if (!(await oneRound())) return;
    } catch (error) {
      logger.warn('gateway could not say that it lives', { gatewayId: gateway.gatewayId, error: messageOf(error) });
    }
    if (!state.isLeaving) timer = setTimeout(next, state.isMember ? everyMs : againMs);
  }

  let round = again();
  function next(): void {
    round = again();
  }

  function couldNot(error: string): void {
    logger.warn('gateway could not take its row away', { error });
  }

  async function takeAway(): Promise<void> {
    await round;
    await database.withTenant(anyTenant, (tx) => removeGateway(tx, gateway)).catch((error: unknown) => couldNot(messageOf(error)));
  }

  return {
    joined: joined.promise,
    refused: refused.promise,
    async leave() {
      state.isLeaving = true;
      if (timer) clearTimeout(timer);
      await within(leavePatienceMs, takeAway(), () => couldNot('the database did not answer in time'));
    },
  };
}
