import { messageOf } from '../../workflows/contracts/errors.ts';

/** A rung of the way to an image, told when it ended. */
export interface ImageStep {
  step: 'found' | 'pull' | 'wait' | 'build' | 'bootstrap';
  /** What was wanted. */
  image: string;
  ok: boolean;
  durationMs: number;
  /** Why it failed; empty otherwise. */
  message: string;
}

export interface LadderListener {
  onStep(step: ImageStep): void;
  /** Told before a rung that may take minutes. */
  onBegin(step: ImageStep['step'], image: string): void;
}

/** Rungs that are tried until one holds. */
export interface Ladder {
  /** True when `work` succeeded. Looking for an image that is not there is no problem. */
  rung(step: ImageStep['step'], image: string, work: () => Promise<unknown>): Promise<boolean>;
  /** What the failed rungs said. */
  readonly problems: readonly string[];
}

/** A way to an image, told rung by rung. */
export function createLadder(listener: LadderListener): Ladder {
  const problems: string[] = [];
  return {
    problems,
    async rung(step, image, work) {
      const startedAt = performance.now();
      if (step !== 'found') listener.onBegin(step, image);
      const problem = await work().then(() => null, messageOf);
      const durationMs = Math.round(performance.now() - startedAt);
      if (step !== 'found' || problem === null) listener.onStep({ step, image, ok: problem === null, durationMs, message: problem ?? '' });
      if (step !== 'found' && problem !== null) problems.push(`${step} ${image}: ${problem}`);
      return problem === null;
    },
  };
}
