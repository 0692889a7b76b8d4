import { useRef, useState, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import { moveStop, press, rangeOf, type Selection, type Stop } from '../remarks/selection.ts';
import type { Side } from '../types.ts';
import { parseStop, stopKey } from './lines.ts';

export interface LineRange {
  side: Side;
  startLine: number;
  endLine: number;
}

export interface SelectionHandlers {
  onMouseDown: (event: MouseEvent) => void;
  onMouseOver: (event: MouseEvent) => void;
  onClick: (event: MouseEvent) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * Choosing lines in a table whose line numbers are buttons with `data-stop`: press, drag or shift-press with the mouse; arrows,
 * shift-arrows and Enter or `c` with the keyboard. `onChosen` gets the range. `stops` are those of the rows, in order.
 */
export function useSelection(
  table: RefObject<HTMLElement | null>,
  stops: readonly (readonly Stop[])[],
  onChosen: (range: LineRange) => void,
): { selection: Selection | null; cursor: Stop | null; clear: () => void; handlers: SelectionHandlers } {
  const [selection, setSelection] = useState<Selection | null>(null);
  const [cursor, setCursor] = useState<Stop | null>(null);
  const dragged = useRef<Selection | null>(null);

  function change(next: Selection | null): Selection | null {
    dragged.current = next;
    setSelection(next);
    return next;
  }

  function choose(stop: Stop): void {
    const range = selection && rangeOf(selection);
    const isInside = range !== null && range.side === stop.side && stop.line >= range.startLine && stop.line <= range.endLine;
    onChosen(isInside ? range : { side: stop.side, startLine: stop.line, endLine: stop.line });
  }

  function onMouseDown(event: MouseEvent): void {
    const button = stopElement(event.target);
    const stop = parseStop(button?.dataset['stop']);
    if (!button || !stop || event.button !== 0) return;
    // Without this the browser selects text while the lines are dragged over.
    event.preventDefault();
    button.focus({ preventScroll: true });
    setCursor(stop);
    change(press(selection, stop.side, stop.line, event.shiftKey));
    const finish = () => {
      const chosen = dragged.current;
      if (chosen) onChosen(rangeOf(chosen));
      dragged.current = null;
    };
    window.addEventListener('mouseup', finish, { once: true });
  }

  function onMouseOver(event: MouseEvent): void {
    const start = dragged.current;
    if (!start || event.buttons !== 1 || !(event.target instanceof Element)) return;
    const line = stopsOfRow(event.target).find(({ side }) => side === start.side)?.line;
    if (line !== undefined && line !== start.head) change({ ...start, head: line });
  }

  /** A press of Enter, Space or of assistive technology; the mouse was heard already. */
  function onClick(event: MouseEvent): void {
    const stop = parseStop(stopElement(event.target)?.dataset['stop']);
    if (stop && event.detail === 0) choose(stop);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const stop = parseStop(stopElement(event.target)?.dataset['stop']);
    if (!stop || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'c') {
      event.preventDefault();
      choose(stop);
      return;
    }
    if (event.key === 'Escape' && selection) {
      event.stopPropagation();
      setSelection(null);
      return;
    }
    const next = moveStop(stops, stop, event.key);
    if (!next) return;
    event.preventDefault();
    setSelection(event.shiftKey ? press(selection ?? press(null, stop.side, stop.line, false), next.side, next.line, true) : null);
    setCursor(next);
    table.current?.querySelector<HTMLElement>(`[data-stop="${stopKey(next)}"]`)?.focus();
  }

  return { selection, cursor, clear: () => setSelection(null), handlers: { onMouseDown, onMouseOver, onClick, onKeyDown } };
}

function stopElement(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-stop]') : null;
}

function stopsOfRow(element: Element): Stop[] {
  const buttons = element.closest('tr')?.querySelectorAll<HTMLElement>('[data-stop]') ?? [];
  return [...buttons].flatMap((button) => parseStop(button.dataset['stop']) ?? []);
}
