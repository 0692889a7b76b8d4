import type { IncomingMessage } from 'node:http';
import { readBody, uploadAborted } from '../http.ts';

/** A body in memory, and the room that it takes there. */
export interface HeldBody {
  /** Empty once it is let go of. */
  bytes: Buffer;
  /** Drops the bytes and gives their room back; once is enough. */
  letGo(): void;
}

export interface BodyLimits {
  /** Largest body, and the most that the bodies of one workspace take together. */
  bodyBytes: number;
  /** Most that the bodies of all workspaces take together. */
  allBytes: number;
  /** Longest that a body may take to arrive once there is room for it: whoever dawdles keeps others waiting. */
  uploadMs: number;
}

/** The largest body has a conversation and two of the largest images that may be attached to it. */
const defaultLimits: BodyLimits = { bodyBytes: 32 * 1024 * 1024, allBytes: 512 * 1024 * 1024, uploadMs: 60_000 };
const nothing = Buffer.alloc(0);

/** Reads bodies of one gateway process, no more of them at once than its memory has room for. */
export interface Bodies {
  /**
   * Waits for room, then reads. DomainError `body-too-large` for one that is over the limit by itself, `upload-aborted` for one that broke
   * off or took too long, whose connection is cut.
   */
  read(request: IncomingMessage, workspaceId: string): Promise<HeldBody>;
}

interface Waiting {
  workspaceId: string;
  bytes: number;
  enter(): void;
}

/** Bodies of one gateway process. Each workspace waits for its own first, so that it keeps no room from the others. */
export function createBodies({ bodyBytes, allBytes, uploadMs }: BodyLimits = defaultLimits): Bodies {
  const taken = new Map<string, number>();
  const waiting: Waiting[] = [];
  let takenByAll = 0;

  function change(workspaceId: string, by: number): void {
    takenByAll += by;
    const left = (taken.get(workspaceId) ?? 0) + by;
    if (left === 0) taken.delete(workspaceId);
    else taken.set(workspaceId, left);
  }

  /** In the order in which they came. Nobody gets ahead of one that waits for room of all, or of one of the same workspace. */
  function admit(): void {
    const full = new Set<string>();
    for (const next of [...waiting]) {
      const { workspaceId, bytes } = next;
      if ((taken.get(workspaceId) ?? 0) + bytes > bodyBytes) full.add(workspaceId);
      if (full.has(workspaceId)) continue;
      if (takenByAll + bytes > allBytes) return;
      waiting.splice(waiting.indexOf(next), 1);
      change(workspaceId, bytes);
      next.enter();
    }
  }

  /** Takes room; what is answered keeps so many bytes of it and gives back the rest. Whoever hangs up waits no more. */
  async function take(request: IncomingMessage, workspaceId: string, bytes: number): Promise<(kept: number) => void> {
    if (request.destroyed) throw uploadAborted();
    await new Promise<void>((enter, reject) => {
      const next = { workspaceId, bytes, enter };
      waiting.push(next);
      request.once('close', () => {
        const at = waiting.indexOf(next);
        if (at < 0) return;
        waiting.splice(at, 1);
        reject(uploadAborted());
        admit();
      });
      admit();
    });
    let held = bytes;
    return (kept) => {
      change(workspaceId, kept - held);
      held = kept;
      admit();
    };
  }

  return {
    async read(request, workspaceId) {
      // Who announces nothing may send the most.
      const announced = Number(request.headers['content-length'] ?? bodyBytes);
      const keep = await take(request, workspaceId, Math.min(announced, bodyBytes));
      const late = setTimeout(() => request.destroy(), uploadMs);
      try {
        const bytes = await readBody(request, bodyBytes);
        keep(bytes.length);
        const held: HeldBody = {
          bytes,
          letGo() {
            held.bytes = nothing;
            keep(0);
          },
        };
        return held;
      } catch (error) {
        keep(0);
        throw error;
      } finally {
        clearTimeout(late);
      }
    },
  };
}
