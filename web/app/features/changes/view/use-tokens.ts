import '~/components/code.css';
import { startTransition, useEffect, useState } from 'react';
import { languageOf } from '../highlight/languages.ts';
import { tokensOfLines, type LineTokens } from '../highlight/patch-tokens.ts';
import { tokenLines } from '../highlight/tokens.ts';
import type { Block } from '../patch/context.ts';

const none: LineTokens = new Map();

/** Syntax colours of the lines: none at first, then what the highlighter finds once it is loaded and the browser is idle. */
export function useTokens(path: string, blocks: readonly Block[]): LineTokens {
  const [found, setFound] = useState<{ blocks: readonly Block[]; tokens: LineTokens } | null>(null);
  const language = languageOf(path);
  useEffect(() => {
    if (language === null || blocks.length === 0) return;
    let isCurrent = true;
    const cancel = whenIdle(async () => {
      const { highlighterOf } = await import('~/components/highlight.ts');
      const highlight = await highlighterOf(language);
      if (!isCurrent || highlight === null) return;
      const highlightLines = (texts: readonly string[]) => tokenLines(highlight(texts.join('\n')));
      const tokens = new Map(blocks.flatMap((block) => (block.kind === 'lines' ? [...tokensOfLines(block.lines, highlightLines)] : [])));
      startTransition(() => setFound({ blocks, tokens }));
    });
    return () => {
      isCurrent = false;
      cancel();
    };
  }, [blocks, language]);
  return found?.blocks === blocks ? found.tokens : (found?.tokens ?? none);
}

/** Safari has no requestIdleCallback; a failed chunk leaves the code plain. */
function whenIdle(task: () => Promise<void>): () => void {
  const run = () => void task().catch(() => {});
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(run, 1);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: 500 });
  return () => cancelIdleCallback(handle);
}
