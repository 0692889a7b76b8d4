/** Counts the starts of runs under way in this process. */
export interface Starts {
  /** One more, until the returned function is called. */
  enter(): () => void;
  isBusy(): boolean;
}

/** None under way. */
export function createStarts(): Starts {
  const underWay = new Set<symbol>();
  return {
    enter() {
      const start = Symbol('start');
      underWay.add(start);
      return () => void underWay.delete(start);
    },
    isBusy: () => underWay.size > 0,
  };
}
