import { useState } from 'react';
import { type Mention, mentionAt } from './mention.ts';
import { useFileSuggestions } from './use-file-suggestions.ts';

/** The mention at the caret, and the files that fit it. */
export function useMention(projectId: string | null, branch: string | null) {
  const [at, setAt] = useState<Mention | null>(null);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const isWanted = at !== null && at.start !== closedAt && projectId !== null;
  const suggestions = useFileSuggestions(projectId, branch, isWanted ? at.query : null);
  const count = suggestions.paths.length;
  const current = Math.min(active, Math.max(0, count - 1));

  return {
    at,
    active: current,
    suggestions,
    isOpen: isWanted && suggestions.state !== 'idle',
    close: () => setAt(null),
    follow(area: HTMLTextAreaElement) {
      const next = area.selectionStart === area.selectionEnd ? mentionAt(area.value, area.selectionStart) : null;
      if (next?.query !== at?.query) setActive(0);
      if (next === null) setClosedAt(null);
      setAt(next);
    },
    /** A path to take, null for a key that was used up, undefined for one that is none of ours. */
    onKey(key: string): string | null | undefined {
      if (!isWanted) return undefined;
      if (key === 'Escape') {
        setClosedAt(at.start);
        return null;
      }
      if (count === 0) return undefined;
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        setActive((current + (key === 'ArrowDown' ? 1 : count - 1)) % count);
        return null;
      }
      return key === 'Enter' || key === 'Tab' ? suggestions.paths[current] : undefined;
    },
  };
}
