/** Which rows are chosen, and which one the keyboard stands on. */
export interface Selection {
  chosen: ReadonlySet<string>;
  at: string | null;
}

export const nothingChosen: Selection = { chosen: new Set(), at: null };

/** Moves the keyboard's row by `step` within `ids`; without one, to the first or last. It stops at the ends. */
export function moveBy(selection: Selection, ids: readonly string[], step: number): Selection {
  if (ids.length === 0) return selection;
  const from = selection.at === null ? -1 : ids.indexOf(selection.at);
  const to = from === -1 ? (step > 0 ? 0 : ids.length - 1) : Math.min(Math.max(from + step, 0), ids.length - 1);
  return { ...selection, at: ids[to] ?? null };
}

/** Chooses a row or lets it go. */
export function toggle(selection: Selection, id: string): Selection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { chosen, at: id };
}

/** Chooses all rows between the keyboard's row and `id`, both included. */
export function extendTo(selection: Selection, ids: readonly string[], id: string): Selection {
  const from = selection.at === null ? -1 : ids.indexOf(selection.at);
  const to = ids.indexOf(id);
  if (from === -1 || to === -1) return toggle(selection, id);
  const between = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { chosen: new Set([...selection.chosen, ...between]), at: id };
}

/** Chooses every row, or none when every row is chosen. */
export function toggleAll(selection: Selection, ids: readonly string[]): Selection {
  const all = ids.length > 0 && ids.every((id) => selection.chosen.has(id));
  return { ...selection, chosen: new Set(all ? [] : ids) };
}

/** The same selection without rows that are gone. */
export function keepOnly(selection: Selection, ids: readonly string[]): Selection {
  const here = new Set(ids);
  const chosen = new Set([...selection.chosen].filter((id) => here.has(id)));
  const at = selection.at !== null && here.has(selection.at) ? selection.at : null;
  return chosen.size === selection.chosen.size && at === selection.at ? selection : { chosen, at };
}
