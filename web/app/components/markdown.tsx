import type { Token, Tokens } from 'marked';
import { Fragment, memo, type ReactNode, useMemo } from 'react';
import { cn } from '~/lib/cn.ts';
import { CodeBlock } from './code-block.tsx';
import { blocksOf } from './markdown-blocks.ts';
import { decodeEntities, languageOf, safeHref } from './markdown-text.ts';

const deepestNesting = 24;

export interface MarkdownProps {
  text: string;
  className?: string;
}

/**
 * Untrusted Markdown as React elements: HTML in it is shown as text, links go to http, https and mailto only, images are
 * links and never loaded. A text that grows renders its last block alone anew.
 */
export const Markdown = memo(function Markdown({ text, className }: MarkdownProps) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  if (blocks === null) return <p className={cn('text-sm break-words whitespace-pre-wrap', className)}>{text}</p>;
  return (
    <div className={cn('space-y-3 text-sm leading-relaxed break-words', className)}>
      {blocks.map((token, index) => (
        <Block key={`${index}-${token.type}`} token={token} />
      ))}
    </div>
  );
});

/** Blocks with the same source are the same: what streams in re-renders its end only. */
const Block = memo(
  function Block({ token }: { token: Token }) {
    return <>{renderBlock(token, 0)}</>;
  },
  (before, after) => before.token.raw === after.token.raw,
);

function renderBlock(token: Token, depth: number): ReactNode {
  if (depth > deepestNesting) return token.raw;
  switch (token.type) {
    case 'heading':
      return <Heading token={token as Tokens.Heading} />;
    case 'paragraph':
      return <p>{renderInline(token.tokens ?? [], depth + 1)}</p>;
    case 'text':
      return token.tokens ? renderInline(token.tokens, depth + 1) : decodeEntities((token as Tokens.Text).text);
    case 'code':
      return <CodeBlock code={(token as Tokens.Code).text} language={languageOf((token as Tokens.Code).lang)} />;
    case 'blockquote':
      return (
        <blockquote className="border-border text-muted-foreground space-y-2 border-l-2 pl-3">
          {renderBlocks(token.tokens ?? [], depth + 1)}
        </blockquote>
      );
    case 'list':
      return <List token={token as Tokens.List} depth={depth} />;
    case 'table':
      return <Table token={token as Tokens.Table} depth={depth} />;
    case 'hr':
      return <hr className="border-border" />;
    case 'space':
    case 'def':
      return null;
    default:
      // HTML, and whatever a later lexer knows: its source, as text.
      return <p className="whitespace-pre-wrap">{token.raw}</p>;
  }
}

function renderBlocks(tokens: Token[], depth: number): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{renderBlock(token, depth)}</Fragment>);
}

const headingSizes: readonly string[] = ['text-lg', 'text-base', 'text-sm', 'text-sm', 'text-sm', 'text-sm'];

/** Headings of a text stand below those of the page, so they begin at the third level. */
function Heading({ token }: { token: Tokens.Heading }) {
  const Tag = (['h3', 'h4', 'h5', 'h6', 'h6', 'h6'] as const)[token.depth - 1] ?? 'h6';
  return <Tag className={cn('pt-1 font-semibold tracking-tight', headingSizes[token.depth - 1])}>{renderInline(token.tokens, 1)}</Tag>;
}

function List({ token, depth }: { token: Tokens.List; depth: number }) {
  const isTask = token.items.some((item) => item.task);
  const items = token.items.map((item, index) => (
    <li key={index} className={item.task ? 'list-none' : undefined}>
      {renderBlocks(item.tokens, depth + 1)}
    </li>
  ));
  if (!token.ordered) return <ul className={cn('space-y-1', isTask ? 'pl-1' : 'list-disc pl-5')}>{items}</ul>;
  const start = typeof token.start === 'number' ? token.start : 1;
  return (
    <ol start={start} className="list-decimal space-y-1 pl-6">
      {items}
    </ol>
  );
}

function Table({ token, depth }: { token: Tokens.Table; depth: number }) {
  const alignOf = (cell: Tokens.TableCell) =>
    cell.align === 'right' ? 'text-right' : cell.align === 'center' ? 'text-center' : 'text-left';
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="Table">
      <table className="border-border w-max min-w-full border-collapse border text-xs">
        <thead className="bg-muted">
          <tr>
            {token.header.map((cell, index) => (
              <th key={index} scope="col" className={cn('border-border border px-2 py-1 font-medium', alignOf(cell))}>
                {renderInline(cell.tokens, depth + 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={cn('border-border border px-2 py-1 align-top', alignOf(cell))}>
                  {renderInline(cell.tokens, depth + 1)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function renderInline(tokens: Token[], depth: number): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{renderSpan(token, depth)}</Fragment>);
}

function renderSpan(token: Token, depth: number): ReactNode {
  if (depth > deepestNesting) return token.raw;
  const inner = () => renderInline('tokens' in token ? (token.tokens ?? []) : [], depth + 1);
  switch (token.type) {
    case 'text':
      return 'tokens' in token ? inner() : decodeEntities((token as Tokens.Text).text);
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'strong':
      return <strong className="font-semibold">{inner()}</strong>;
    case 'em':
      return <em>{inner()}</em>;
    case 'del':
      return <del>{inner()}</del>;
    case 'codespan':
      return <code className="bg-muted rounded px-1 py-0.5 font-mono text-[0.85em]">{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br />;
    case 'checkbox':
      return <TaskMark checked={(token as Tokens.Checkbox).checked} />;
    case 'link':
      return <SafeLink href={(token as Tokens.Link).href}>{inner()}</SafeLink>;
    case 'image':
      return (
        <SafeLink href={(token as Tokens.Image).href}>image: {decodeEntities((token as Tokens.Image).text) || 'without a name'}</SafeLink>
      );
    default:
      return token.raw;
  }
}

function TaskMark({ checked }: { checked: boolean }) {
  return (
    <span role="img" aria-label={checked ? 'done' : 'not done'} className="mr-1.5 font-mono">
      {checked ? '☑' : '☐'}
    </span>
  );
}

function SafeLink({ href, children }: { href: string; children: ReactNode }) {
  const safe = safeHref(href);
  if (safe === null) return <span>{children}</span>;
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener nofollow" className="text-primary underline underline-offset-2">
      {children}
    </a>
  );
}
