import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { cn } from '~/lib/cn.ts';
import { useCopy } from '~/lib/use-copy.ts';
import { grammarOf } from './highlight-names.ts';
import type { CodeNode } from './highlight.ts';
import './code.css';

/** Longer code stays plain. In characters. */
const longestHighlighted = 60_000;

export interface CodeBlockProps {
  code: string;
  /** As a fence names it (`ts`, `diff`); null for plain text. */
  language: string | null;
  className?: string;
}

/** A block of code with a copy button; its colours come once the highlighter is loaded, and only when it knows the language. */
export function CodeBlock({ code, language, className }: CodeBlockProps) {
  const nodes = useHighlighted(code, language);
  return (
    <div className={cn('border-border bg-muted/50 group/code overflow-hidden rounded-md border', className)}>
      <div className="border-border flex items-center justify-between border-b px-2 py-0.5">
        <span className="text-muted-foreground font-mono text-xs">{language ?? 'text'}</span>
        <CopyButton text={code} label="Copy code" />
      </div>
      {/* A scrollable region must be reachable by keyboard. */}
      <pre tabIndex={0} role="group" aria-label="Code" className="overflow-x-auto p-3 text-xs leading-relaxed">
        <code className="font-mono">{nodes === null ? code : renderNodes(nodes)}</code>
      </pre>
    </div>
  );
}

/** Copies a text and says so. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const { copied, copy } = useCopy();
  return (
    <button
      type="button"
      onClick={() => copy(text)}
      className={cn(
        'text-muted-foreground hover:text-foreground focus-visible:ring-ring inline-flex h-7 min-w-7 items-center justify-center gap-1 rounded px-1 text-xs outline-none focus-visible:ring-2',
        className,
      )}
    >
      {copied ? <Check className="size-3.5" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
      <span className="sr-only">{copied ? 'Copied' : label}</span>
    </button>
  );
}

function renderNodes(nodes: readonly CodeNode[]): ReactNode {
  return nodes.map((node, index) =>
    typeof node === 'string' ? (
      node
    ) : (
      <span key={index} className={node.className}>
        {renderNodes(node.children)}
      </span>
    ),
  );
}

function useHighlighted(code: string, language: string | null): CodeNode[] | null {
  const [found, setFound] = useState<{ code: string; nodes: CodeNode[] | null } | null>(null);
  const wanted = language !== null && grammarOf(language) !== null && code.length <= longestHighlighted;
  useEffect(() => {
    if (!wanted) return undefined;
    let isCurrent = true;
    void highlightLazily(code, language).then((nodes) => {
      if (isCurrent) setFound({ code, nodes });
    });
    return () => {
      isCurrent = false;
    };
  }, [code, language, wanted]);
  return wanted && found?.code === code ? found.nodes : null;
}

/** A failed chunk leaves the code plain. */
async function highlightLazily(code: string, language: string): Promise<CodeNode[] | null> {
  try {
    const { highlighterOf } = await import('./highlight.ts');
    return (await highlighterOf(language))?.(code) ?? null;
  } catch {
    return null;
  }
}
