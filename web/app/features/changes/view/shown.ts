import type { Run } from '../types.ts';

export type RunWithCheckpoint = Run & { checkpoint: NonNullable<Run['checkpoint']> };

/** What of a request's runs is shown, by the address (`run`, `against`) and by what was pinned when the page was opened. */
export interface Shown {
  run: RunWithCheckpoint;
  /** The earlier checkpoint that it is compared with; null for the base branch. */
  against: RunWithCheckpoint | null;
  /** A newer checkpoint of another commit exists; null when the newest is shown. */
  newer: RunWithCheckpoint | null;
  /** Checkpoints to choose from, oldest first, each commit once. */
  choices: RunWithCheckpoint[];
}

/** Null while there is no checkpoint at all. */
export function shownOf(runs: readonly Run[], asked: { run: string | null; against: string | null; pinned: string | null }): Shown | null {
  const choices = checkpointsOf(runs);
  const newest = choices.at(-1);
  if (!newest) return null;
  const run = find(choices, runs, asked.run) ?? find(choices, runs, asked.pinned) ?? newest;
  const against = find(choices, runs, asked.against);
  return {
    run,
    against: against && against.ordinal < run.ordinal ? against : null,
    newer: newest.checkpoint.commit === run.checkpoint.commit ? null : newest,
    choices,
  };
}

/** Runs that made a checkpoint; of those with the same commit only the first. */
function checkpointsOf(runs: readonly Run[]): RunWithCheckpoint[] {
  const seen = new Set<string>();
  return [...runs]
    .sort((a, b) => a.ordinal - b.ordinal)
    .filter((run): run is RunWithCheckpoint => {
      if (run.checkpoint === null || seen.has(run.checkpoint.commit)) return false;
      seen.add(run.checkpoint.commit);
      return true;
    });
}

/** A run by its id; one that only repeated a commit is shown as the one that made it. */
function find(choices: readonly RunWithCheckpoint[], runs: readonly Run[], runId: string | null): RunWithCheckpoint | null {
  const commit = runs.find((run) => run.runId === runId)?.checkpoint?.commit;
  return choices.find(({ checkpoint }) => checkpoint.commit === commit) ?? null;
}
