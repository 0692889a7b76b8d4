import { useEffect, useState } from 'react';
import { addView, parseViews, type SavedView } from './saved-views.ts';
import type { RequestFilters } from './filters.ts';

/** A person's own views of the list, as this browser keeps them. */
export function useSavedViews(principalId: string): {
  views: readonly SavedView[];
  save: (name: string, filters: RequestFilters) => void;
  remove: (name: string) => void;
} {
  const key = `astraforge.views.${principalId}`;
  const [views, setViews] = useState<readonly SavedView[]>([]);
  useEffect(() => setViews(parseViews(read(key))), [key]);

  function keep(next: SavedView[]): void {
    setViews(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // A browser that keeps nothing has the views as long as the page lives.
    }
  }

  return {
    views,
    save: (name, filters) => keep(addView(views, name, filters)),
    remove: (name) => keep(views.filter((view) => view.name !== name)),
  };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
