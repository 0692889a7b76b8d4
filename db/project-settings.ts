import type { GateRule } from '../workflows/contracts/request.ts';

/** What a project's owner sets; the base branch's `.astraforge.yml` adds image, setup, checks, services, never gates. */
export interface ProjectSettings {
  gates: { plan: GateRule; patch: GateRule };
  planFirst: boolean;
  review: boolean;
  executor: string | null;
  model: string | null;
  effort: string | null;
  /** Image of its workspaces; the installation's when it is null or not there. */
  image?: string | null;
  /** Side containers of its workspaces; none when it is not there. */
  services?: { name: string; image: string; port: number; env: Record<string, string> }[];
  setup: string | null;
  checks: { name: string; command: string }[];
  checkTimeoutMs: number;
  repairTurns: number;
  wallClockMs: number;
  inactivityMs: number;
  gateExpiryMs: number | null;
  egress: { presets: string[]; allow: string[] };
  /** Repositories of the same forge that a run may read as submodules; none when it is not there. */
  submodules?: string[];
  /** Most tokens that the model calls of one request may use, input and output together; null or not there: any number. */
  tokenBudget?: number | null;
  /** How many workspaces each host keeps ready for first runs; none when it is not there. */
  warmWorkspaces?: number;
  signOff: boolean;
  /** Path of an SSH private key on the gateway's machine; null for unsigned commits. */
  signingKeyFile: string | null;
}
