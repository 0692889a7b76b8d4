/** What a suite was last run for: the rooms that a change touched come first. */
export interface OrderInput {
  /** Paths of the suites, e.g. `e2e/kill.system.test.ts`. */
  suites: readonly string[];
  /** For each suite the folders that it is about, from its `@rooms` line; [] for all. */
  rooms: ReadonlyMap<string, readonly string[]>;
  /** Paths that the change touched. */
  changed: readonly string[];
  /** Grows by one from change to change; says where the rotation of the rest begins. */
  turn: number;
  /** Suites that come after all others: what they need takes long to be made, beside the others. */
  last?: ReadonlySet<string>;
}

/**
 * The order in which suites run when time may not suffice for all: those that were changed themselves, then those about a room
 * under work, then the rest in rotation, so that each comes first once in a while, then those that must be last. Pure; loses and repeats none.
 */
export function orderSuites(input: OrderInput): string[] {
  const last = [...input.suites].filter((suite) => input.last?.has(suite)).sort();
  const suites = [...input.suites].filter((suite) => !last.includes(suite)).sort();
  const touched = (room: string) => input.changed.some((path) => path === room || path.startsWith(`${room}/`));
  const first = suites.filter((suite) => input.changed.includes(suite));
  const underWork = suites.filter((suite) => !first.includes(suite) && (input.rooms.get(suite) ?? []).some(touched));
  const rest = suites.filter((suite) => !first.includes(suite) && !underWork.includes(suite));
  const start = rest.length === 0 ? 0 : input.turn % rest.length;
  return [...first, ...underWork, ...rest.slice(start), ...rest.slice(0, start), ...last];
}

/** The rooms that a suite names in a line `// @rooms workflows activities workspace/gateway`. */
export function roomsOf(source: string): string[] {
  const line = /^\s*(?:\/\/|\*)\s*@rooms\s+(.+)$/m.exec(source);
  return line?.[1]?.trim().split(/[\s,]+/) ?? [];
}

/** True when the suite has a line `// @last`. */
export function comesLast(source: string): boolean {
  return /^\s*\/\/\s*@last\b/m.test(source);
}

export interface Counts {
  passed: number;
  failed: number;
}

/** Counts of a step by its exit: one that failed without a failed test (a crash, a time-out, a lint error) counts as one failure. */
export function countStep(ok: boolean, counts: Counts): Counts {
  if (ok) return { passed: Math.max(1, counts.passed), failed: 0 };
  return { passed: counts.passed, failed: Math.max(1, counts.failed) };
}
