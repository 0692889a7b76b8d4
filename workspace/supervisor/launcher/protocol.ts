import { z } from 'zod';

// What a supervisor and the launcher in another container of its Pod say to one another, as lines of JSON over a Unix socket that the
// supervisor made. The first line of each connection says what it is for.

/** First line of a connection from a launcher: its control line, or one stream of a program (`io`: stdin and stdout; `err`: stderr). */
export const Hello = z.discriminatedUnion('as', [
  z.object({ as: z.literal('control') }),
  z.object({ as: z.literal('io'), id: z.number() }),
  z.object({ as: z.literal('err'), id: z.number() }),
]);
export type Hello = z.infer<typeof Hello>;

/** What the supervisor orders. */
export const Order = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('start'),
    id: z.number(),
    argv: z.array(z.string()),
    env: z.record(z.string(), z.string()),
    cwd: z.string(),
  }),
  z.object({ order: z.literal('kill'), id: z.number(), signal: z.enum(['SIGTERM', 'SIGKILL', 'SIGINT']) }),
]);
export type Order = z.infer<typeof Order>;

/** What the programs of one container take, and how often the kernel refused them something since it started; null: it does not count. */
export const ContainerUsage = z.object({
  tasks: z.number(),
  residentBytes: z.number(),
  oomKills: z.number().nullable(),
  refusedStarts: z.number().nullable(),
});
export type ContainerUsage = z.infer<typeof ContainerUsage>;

/** What the launcher reports. */
export const Report = z.discriminatedUnion('report', [
  z.object({ report: z.literal('started'), id: z.number() }),
  z.object({ report: z.literal('failed'), id: z.number(), message: z.string() }),
  z.object({ report: z.literal('ended'), id: z.number(), code: z.number().nullable(), signal: z.string().nullable() }),
  z.object({ report: z.literal('usage'), usage: ContainerUsage }),
]);
export type Report = z.infer<typeof Report>;

/** The socket's name in the folder that supervisor and launcher share. */
export const launchSocket = 'launch.sock';
/** The launcher itself, put there by the supervisor. */
export const launcherFile = 'launcher.mjs';
