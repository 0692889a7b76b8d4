import { z } from 'zod';

/**
 * Where a supervisor finds itself: written by the provisioner beside job.json, the only thing that differs between
 * bubblewrap, a container and a plain process. Paths are those inside.
 */
export const Place = z.object({
  /** job.json, inbox/ and events.jsonl. Never visible to the agent. */
  privateDir: z.string(),
  /** The supervisor's git dir. The agent sees its `objects` folder, read-only. */
  gitDir: z.string(),
  checkoutDir: z.string(),
  homeDir: z.string(),
  attachmentsDir: z.string(),
  doorSocket: z.string(),
  /** 0 for any free port. */
  relayPort: z.number().int(),
  codexPath: z.string().nullable(),
  /** PATH of the agent, of setup and of checks. */
  path: z.string(),
  /** How the agent is nested; null: not at all (plain mode). */
  sandbox: z.object({ bwrapPath: z.string() }).nullable(),
  /** Folders of the launchers in the containers that stand for the agent's sandbox (Kubernetes); null: the supervisor starts programs itself. */
  launch: z.object({ writing: z.string(), reading: z.string() }).nullable(),
  /** Plain mode: `NAME=value` in the environment of every process of this workspace, by which it is found; null where all processes are its own. */
  marker: z.string().nullable(),
  limits: z.object({
    /** `mount`: the file system of the checkout has the size itself; `watch`: the supervisor adds up. */
    disk: z.enum(['mount', 'watch']),
    /** Kernel files that count broken limits; null: the supervisor alone adds up, and a limit of the agent's own is on its processes. */
    memoryEventsFile: z.string().nullable(),
    pidsEventsFile: z.string().nullable(),
  }),
});
export type Place = z.infer<typeof Place>;
