/** What this process knows of the starts of runs on its host. */
export interface Starts {
  /** One more under way, until the returned function is called. */
  enter(): () => void;
  isBusy(): boolean;
  /** None of the project's warm places was of the kind that a run needed: they may be of yesterday. */
  missed(projectId: string): void;
  /** The projects of which that was said since the last time. */
  takeMissed(): string[];
}

/** None under way. */
export function createStarts(): Starts {
  const underWay = new Set<symbol>();
  const projects = new Set<string>();
  return {
    enter() {
      const start = Symbol('start');
      underWay.add(start);
      return () => void underWay.delete(start);
    },
    isBusy: () => underWay.size > 0,
    missed: (projectId) => void projects.add(projectId),
    takeMissed() {
      const taken = [...projects];
      projects.clear();
      return taken;
    },
  };
}
