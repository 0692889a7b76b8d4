import { v7 as uuid } from 'uuid';
import type { ProjectRow } from '../../db/projects.ts';
import type { HostDependencies } from './dependencies.ts';
import type { PatientTries } from './patient-tries.ts';
import { dropRepository } from './release.ts';
import { warmKey } from './warm-key.ts';
import { warmRecipe } from './warm-place.ts';

/** How long it is believed what a project's places would be made of; a change of its settings, or a run that found none, shows at once, ms. */
const lookEveryMs = 60_000;

/** What projects' warm places would be made of now. */
export interface WarmLooks {
  /** The key; null when it cannot be known now. */
  keyOf(project: ProjectRow): Promise<string | null>;
  /** What was seen of a project is doubted: the next one who asks looks again. */
  doubt(projectId: string): void;
  /** Somebody has looked just now. */
  note(project: ProjectRow, key: string): void;
}

interface Look {
  /** What was looked at. */
  of: string;
  atMs: number;
  key: string;
}

/** Asks the gateway, which asks the forge, and remembers for a while. */
export function createWarmLooks(deps: HostDependencies, tries: PatientTries): WarmLooks {
  const looks = new Map<string, Look>();
  const subjectOf = (project: ProjectRow) => JSON.stringify([project.settings, project.defaultBranch]);

  function note(project: ProjectRow, key: string): void {
    looks.set(project.projectId, { of: subjectOf(project), atMs: deps.now(), key });
  }

  return {
    note,
    doubt: (projectId) => void looks.delete(projectId),
    async keyOf(project) {
      const of = subjectOf(project);
      const known = looks.get(project.projectId);
      if (known?.of === of && deps.now() - known.atMs < lookEveryMs) return known.key;
      const key = await tries.run(project.projectId, of, () => look(deps, project));
      if (key !== null) note(project, key);
      return key;
    },
  };
}

async function look(deps: HostDependencies, project: ProjectRow): Promise<string> {
  const lookId = `warm-${uuid()}`;
  try {
    return warmKey(deps, await warmRecipe(deps, project, lookId));
  } finally {
    await dropRepository(deps, lookId);
  }
}
