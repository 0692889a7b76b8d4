import { useState } from 'react';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';

/** The branches of a project's repository, looked up when first wanted; none where it cannot be reached. */
export function useBranches(projectId: string | null): { branches: readonly string[]; lookUp: () => void } {
  const [found, setFound] = useState<{ projectId: string; branches: readonly string[] } | null>(null);

  function lookUp(): void {
    if (projectId === null || found?.projectId === projectId) return;
    setFound({ projectId, branches: [] });
    const params = { path: { projectId } };
    void attempt(() => browserApi().POST('/api/projects/{projectId}/test', { params })).then((result) => {
      // A repository that is away shows itself when the request is submitted; here it only helps to choose.
      if (result.ok) setFound({ projectId, branches: result.data.branches });
    });
  }

  return { branches: found?.projectId === projectId ? found.branches : [], lookUp };
}
