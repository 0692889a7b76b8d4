/** A project that wants warm workspaces. */
export interface WantedWarm {
  projectId: string;
  /** How many on this host. */
  count: number;
  /** What one would be made of now; null while that is not known. */
  key: string | null;
  /** False while making one has failed not long ago. */
  mayMake: boolean;
}

/** A workspace that waits for a first run. */
export interface WarmPlace {
  workspaceId: string;
  projectId: string | null;
  warmKey: string | null;
  createdAt: Date;
}

export interface WarmWork {
  /** Places that no run may get any more. */
  close: string[];
  /** Projects that lack one, once for each that is lacking, in turns. */
  lacking: string[];
}

/**
 * What a round of a host has to do about its warm places: those that are dead, too many, or made of something else than they would be
 * now, go. Of too many of a project the newest stay. The host holds `most`: each project gets its first before any its second, and what is
 * there is kept before another is made. Where it is not known what one would be made of, nothing is made, and what is there waits. One that
 * may not be made now leaves its room to others. Pure.
 */
export function warmWork(wanted: readonly WantedWarm[], places: readonly WarmPlace[], living: ReadonlySet<string>, most: number): WarmWork {
  const there: { workspaceId: string; turn: number }[] = [];
  const lacking: { projectId: string; turn: number }[] = [];
  for (const { projectId, count, key, mayMake } of wanted) {
    const fitting = places
      .filter((place) => place.projectId === projectId && living.has(place.workspaceId) && (key === null || place.warmKey === key))
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .slice(0, count);
    for (const [turn, { workspaceId }] of fitting.entries()) there.push({ workspaceId, turn });
    if (key !== null && mayMake) for (let turn = fitting.length; turn < count; turn++) lacking.push({ projectId, turn });
  }
  const held = [...there, ...lacking].sort((a, b) => a.turn - b.turn).slice(0, most);
  const kept = new Set(held.flatMap((one) => ('workspaceId' in one ? one.workspaceId : [])));
  return {
    close: places.map(({ workspaceId }) => workspaceId).filter((workspaceId) => !kept.has(workspaceId)),
    lacking: held.flatMap((one) => ('projectId' in one ? one.projectId : [])),
  };
}

const firstWaitMs = 30_000;
const longestWaitMs = 30 * 60_000;

/** How long nothing is tried again that failed so often in a row, ms: each time twice as long. */
export function waitAfter(failures: number): number {
  return Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
}
