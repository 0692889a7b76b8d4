import { toast } from '~/lib/toast.ts';
import { problemOf } from '~/lib/api.ts';
import { saveFile } from '~/lib/save-file.ts';
import { fileNameOf } from './facts.ts';

/** Saves the patch of a run's checkpoint as a file that `git apply` takes; a refusal is told in a toast. */
export async function downloadPatch(runId: string, title: string): Promise<void> {
  try {
    const response = await fetch(`/api/runs/${encodeURIComponent(runId)}/diff`, { headers: { accept: 'text/x-patch' } });
    if (!response.ok) {
      const problem = problemOf(await response.json().catch(() => null), response.status);
      toast.error('No patch', { description: problem.detail });
      return;
    }
    saveFile(await response.blob(), fileNameOf(title, 'patch'));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    toast.error('No connection', { description: 'AstraForge cannot be reached; try again in a moment.' });
  }
}
