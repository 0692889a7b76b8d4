import type { ProjectRow } from '../../db/projects.ts';
import type { HostDependencies } from './dependencies.ts';
import type { PatientTries } from './patient-tries.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { warmKey, warmKind } from './warm-key.ts';
import { warmOutline } from './warm-place.ts';

/** How long it is believed what a project's places would be made of; a change of its settings, or a run that found none, shows at once, ms. */
const lookEveryMs = 60_000;

/** What a project's warm places would be made of now. */
export interface WarmLook {
  /** With what a run has to ask for one. */
  key: string;
  /** What stays the same from commit to commit. */
  kind: string;
}

/** What projects' warm places would be made of now. */
export interface WarmLooks {
  /** Null when it cannot be known now. */
  at(project: ProjectRow): Promise<WarmLook | null>;
  /** What was seen of a project is doubted: the next one who asks looks again. */
  doubt(projectId: string): void;
  /** Somebody has looked just now. */
  note(project: ProjectRow, recipe: PlaceRecipe): void;
}

interface Remembered extends WarmLook {
  /** What was looked at. */
  of: string;
  atMs: number;
}

/** Asks the gateway, which asks the forge, and remembers for a while. */
export function createWarmLooks(deps: HostDependencies, tries: PatientTries): WarmLooks {
  const looks = new Map<string, Remembered>();
  const subjectOf = (project: ProjectRow) => JSON.stringify([project.settings, project.defaultBranch]);

  function note(project: ProjectRow, recipe: PlaceRecipe): WarmLook {
    const look = { key: warmKey(deps, recipe), kind: warmKind(deps, recipe) };
    looks.set(project.projectId, { ...look, of: subjectOf(project), atMs: deps.now() });
    return look;
  }

  return {
    note,
    doubt: (projectId) => void looks.delete(projectId),
    async at(project) {
      const of = subjectOf(project);
      const known = looks.get(project.projectId);
      if (known?.of === of && deps.now() - known.atMs < lookEveryMs) return known;
      return tries.run(project.projectId, of, async () => note(project, await warmOutline(deps, project)));
    },
  };
}
