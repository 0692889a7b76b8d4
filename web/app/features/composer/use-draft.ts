import { useCallback, useEffect, useRef, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { randomId } from '~/lib/random-id.ts';
import { type Draft, type DraftChoices, draftKey, emptyDraft, isEmptyDraft, noChoices, parseDraft, serialiseDraft } from './draft.ts';

const saveAfterMs = 300;

export interface DraftHandle {
  draft: Draft;
  /** True once the browser's store was read; before that nothing typed would be kept. */
  isLoaded: boolean;
  /** True when the draft came from an earlier visit. */
  isRestored: boolean;
  update: (change: (draft: Draft) => Draft) => void;
  /** Forgets the draft, in the store too, and starts another. */
  clear: () => void;
}

/**
 * A draft that survives whatever happens to the page: kept in the browser a moment after each change, and at once when the page
 * is left. `place` is `new` or a request's id; `given` are choices that the page's address makes.
 */
export function useDraft(principalId: string, place: string, given: Partial<DraftChoices> = {}): DraftHandle {
  const key = draftKey(principalId, place);
  const [state, setState] = useState(() => ({ key: '', draft: emptyDraft('', 0), isRestored: false }));
  const wanted = useRef(given);

  useEffect(() => {
    const stored = parseDraft(read(key), Date.now());
    const draft = stored ?? emptyDraft(randomId(), Date.now(), noChoices);
    const choices = { ...draft.choices, ...wanted.current };
    setState({ key, draft: { ...draft, choices }, isRestored: stored !== null && !isEmptyDraft(stored) });
  }, [key]);

  useSaving(state.key, state.draft);

  const update = useCallback((change: (draft: Draft) => Draft) => {
    setState((before) => ({ ...before, draft: { ...change(before.draft), savedAtMs: Date.now() } }));
  }, []);
  const clear = useCallback(() => {
    remove(key);
    setState((before) => ({ key, draft: emptyDraft(randomId(), Date.now(), before.draft.choices), isRestored: false }));
  }, [key]);

  return { draft: state.draft, isLoaded: state.key === key, isRestored: state.isRestored, update, clear };
}

/** Writes the draft after a pause, and when the page is hidden or left. `key` is empty until it was read. */
function useSaving(key: string, draft: Draft): void {
  const latest = useRef({ key, draft, isSaved: true });
  useEffect(() => {
    latest.current = { key, draft, isSaved: latest.current.draft === draft || key === '' };
    const timer = setTimeout(save, saveAfterMs);
    return () => clearTimeout(timer);
  }, [key, draft]);

  useEffect(() => {
    window.addEventListener('pagehide', save);
    document.addEventListener('visibilitychange', save);
    return () => {
      window.removeEventListener('pagehide', save);
      document.removeEventListener('visibilitychange', save);
      save();
    };
  }, []);

  function save(): void {
    const { key: at, draft: what, isSaved } = latest.current;
    if (isSaved) return;
    latest.current.isSaved = true;
    if (isEmptyDraft(what)) remove(at);
    else write(at, serialiseDraft(what));
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser may keep nothing for a page; then a draft lives as long as the page does.
    return null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    toast.warning('The browser has no room for this draft: it is lost when you leave the page.', { id: 'draft-not-kept' });
  }
}

function remove(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
