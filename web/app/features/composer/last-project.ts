const prefix = 'astraforge.project';

/** The project that a person of this browser submitted to last; null for none. */
export function readLastProject(principalId: string): string | null {
  try {
    return localStorage.getItem(`${prefix}.${principalId}`);
  } catch {
    return null;
  }
}

/** Remembers it; a browser that keeps nothing forgets it. */
export function rememberProject(principalId: string, projectId: string): void {
  try {
    localStorage.setItem(`${prefix}.${principalId}`, projectId);
  } catch {
    // The default is then the newest project.
  }
}
