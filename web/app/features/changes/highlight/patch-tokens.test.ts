import { describe, expect, it } from '@jest/globals';
import { highlighterOf } from '~/components/highlight.ts';
import { parsePatch } from '../patch/patch.ts';
import { tokensOfLines } from './patch-tokens.ts';
import { tokenLines } from './tokens.ts';

const header = 'diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n';

async function linesHighlighter() {
  const highlight = await highlighterOf('typescript');
  return (texts: readonly string[]) => tokenLines(highlight?.(texts.join('\n')) ?? []);
}

function linesOf(patch: string) {
  return parsePatch(header + patch).hunks.flatMap(({ lines }) => lines);
}

describe('tokensOfLines', () => {
  it('reads removed lines in the old text and added ones in the new', async () => {
    const lines = linesOf('@@ -1,3 +1,2 @@\n-/* old\n-still a comment\n+const a = 1;\n  */\n');

    const tokens = tokensOfLines(lines, await linesHighlighter());

    const [, comment, constant] = lines.map((line) => tokens.get(line)?.[0]?.className);
    expect(comment).toBe('hljs-comment');
    expect(constant).toBe('hljs-keyword');
  });

  it('has nothing for texts that are too long', async () => {
    const lines = linesOf(`@@ -0,0 +1 @@\n+${'x'.repeat(300_000)}\n`);

    expect(tokensOfLines(lines, await linesHighlighter()).size).toBe(0);
  });
});
