import { z } from 'zod';

/** What a principal may do: admin ⊃ maintainer ⊃ reviewer ⊃ observer (docs/adr/0012). */
export const Role = z.enum(['admin', 'maintainer', 'reviewer', 'observer']);
export type Role = z.infer<typeof Role>;

/** The authenticated person or machine behind a message, a decision or an API call. */
export const Principal = z.object({
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  email: z.string(),
  roles: z.array(Role),
});
export type Principal = z.infer<typeof Principal>;
