import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { z } from 'zod';
import { DomainError } from '../../workflows/contracts/errors.ts';

export interface PortWish {
  /** Address that is listened on. */
  host: string;
  /** Taken when it is free and nothing else was chosen before; null: any. */
  preferred: number | null;
  /** Asked for by the person, with the name of the setting: taken then means an error. 0 means any. */
  explicit?: { port: number; setting: string };
}

const Kept = z.record(z.string(), z.number().int().min(1).max(65_535));

/** Ports that this process holds until somebody listens on them, each with the file that it was chosen for. */
const held = new Map<number, { file: string; server: Server }>();

/**
 * A free port for each wish, chosen once and kept in `file`, so that links and settings outlive a restart. On Linux nobody else who
 * chooses gets it, from now until `releasePorts`, although nobody may listen on it yet. DomainError `port-taken` names an explicit one
 * that somebody else listens on.
 */
export async function choosePorts<N extends string>(file: string, wishes: Record<N, PortWish>): Promise<Record<N, number>> {
  const kept = await readKept(file);
  const chosen: Partial<Record<N, number>> = {};
  const used = new Set<number>();
  for (const name of Object.keys(wishes) as N[]) {
    const port = await choosePort(file, wishes[name], kept[name], used);
    used.add(port);
    chosen[name] = port;
  }
  const next = `${JSON.stringify({ ...kept, ...chosen }, null, 2)}\n`;
  await writeFile(`${file}.new`, next, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return chosen as Record<N, number>;
}

/** Whether a server could listen there now. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return (await listenOnce(host, port)) !== null;
}

async function choosePort(file: string, wish: PortWish, kept: number | undefined, used: Set<number>): Promise<number> {
  if (wish.explicit && wish.explicit.port !== 0) return explicitPort(wish.host, wish.explicit);
  const { preferred } = wish;
  const near = wish.explicit || preferred === null ? [] : Array.from({ length: 20 }, (_, index) => preferred + index);
  const candidates = [kept, ...near];
  for (const port of candidates) {
    if (port !== undefined && !used.has(port) && (await isPortFree(wish.host, port)) && (await hold(file, port))) return port;
  }
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = await listenOnce(wish.host, 0);
    if (port !== null && !used.has(port) && (await hold(file, port))) return port;
  }
  throw new DomainError('transient', 'no-free-port', `start: no port is free on ${wish.host}; end some servers and start again`);
}

/** Lets others have the ports that were chosen for `file`; whoever listens on one keeps it. */
export function releasePorts(file: string): void {
  for (const [port, holder] of held) {
    if (holder.file !== file) continue;
    holder.server.close();
    held.delete(port);
  }
}

/**
 * Takes a port for `file` before anybody listens on it: an abstract socket of its name, which the kernel gives to one process of the
 * network namespace and takes back at its end. False when somebody else has it. Systems without abstract sockets hold nothing.
 */
async function hold(file: string, port: number): Promise<boolean> {
  const holder = held.get(port);
  if (holder || process.platform !== 'linux') return holder === undefined || holder.file === file;
  const server = createServer((socket) => socket.destroy());
  // Set before the first wait: two choices of one process must not take it both.
  held.set(port, { file, server });
  const taken = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(`\0astraforge-port-${port}`, () => resolve(true));
  });
  server.unref();
  if (!taken) held.delete(port);
  return taken;
}

async function explicitPort(host: string, explicit: { port: number; setting: string }): Promise<number> {
  if (await isPortFree(host, explicit.port)) return explicit.port;
  throw new DomainError(
    'permanent',
    'port-taken',
    `start: ${explicit.setting}=${explicit.port} cannot be listened on at ${host}: another program has it, or the address is not this machine's; ` +
      `end that program, choose another ${explicit.setting}, or unset it to get a free one`,
    { details: { port: explicit.port, setting: explicit.setting } },
  );
}

function listenOnce(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : null));
    });
  });
}

async function readKept(file: string): Promise<Record<string, number>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    // A broken file costs nothing but other numbers.
    return {};
  }
}
