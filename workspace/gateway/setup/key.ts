import { createHash } from 'node:crypto';

/** Everything that a snapshot of a setup depends on. */
export interface SetupKeyInput {
  setup: string;
  /** The base branch: who may write to one is not who may write to another. */
  branch: string;
  /** Kind of place. */
  provisioner: string;
  /** The image that a place is made of, or what stands for the machine's own programs. */
  image: string;
  /** Operating system and processor, as `linux-x64`. */
  machine: string;
  /** What the project's workspaces may reach, in any order. */
  egress: readonly string[];
  /** Of `setupInputs`. */
  inputs: string;
}

/** The key of a setup's snapshot; 64 hexadecimal digits. Raise `format` when what is kept, or how, changes. Pure. */
export function setupKey({ setup, branch, provisioner, image, machine, egress, inputs }: SetupKeyInput): string {
  const format = 1;
  return createHash('sha256')
    .update(JSON.stringify([format, setup, branch, provisioner, image, machine, [...egress].sort(), inputs]))
    .digest('hex');
}
