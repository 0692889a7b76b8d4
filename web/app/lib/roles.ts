import type { Schemas } from '~/lib/api.ts';

type Role = Schemas['Role'];

/** The roles from the least to the most; each may do what those before it may. */
export const roles: readonly { role: Role; may: string }[] = [
  { role: 'observer', may: 'see everything' },
  { role: 'reviewer', may: 'vote on plans and changes, and write to the agent' },
  { role: 'maintainer', may: 'submit, answer, run again, cancel and merge' },
  { role: 'admin', may: 'add projects and change their settings' },
];

/** True when one of the roles is `needed` or stands above it. The API decides; this only spares people buttons that it would refuse. */
export function holdsRole(own: readonly Role[], needed: Role): boolean {
  const rank = (role: Role) => roles.findIndex((known) => known.role === role);
  return own.some((role) => rank(role) >= rank(needed));
}
