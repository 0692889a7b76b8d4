import type { Layout } from './board.ts';
import { useStored } from './stored.ts';
import { useMedia } from './use-media.ts';

/** Unified or side by side: what was chosen last, else what the width suggests. A narrow page has room for one side only. */
export function useLayout(): { layout: Layout; setLayout: (layout: Layout) => void } {
  const [chosen, setChosen] = useStored('astraforge:diff-layout', readLayout);
  const isNarrow = useMedia('(max-width: 40rem)');
  const isWide = useMedia('(min-width: 96rem)');
  return { layout: isNarrow ? 'unified' : (chosen ?? (isWide ? 'split' : 'unified')), setLayout: (layout) => setChosen(() => layout) };
}

function readLayout(value: unknown): Layout | null {
  return value === 'unified' || value === 'split' ? value : null;
}
