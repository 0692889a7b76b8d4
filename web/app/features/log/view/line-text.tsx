import { memo } from 'react';
import { cn } from '~/lib/cn.ts';
import type { Line } from '../terminal/line.ts';
import { classesOf } from './ansi-classes.ts';
import { segmentsOf, type Marks } from './segments.ts';

/** A line as React text: its styles as classes, found places marked. */
export const LineText = memo(function LineText({ line, marks }: { line: Line; marks: Marks | null }) {
  if (line.spans.length === 0 && !marks) return <>{line.text}</>;
  return (
    <>
      {segmentsOf(line, marks).map(({ text, style, mark }, index) => {
        if (mark) return <Mark key={index} text={text} isCurrent={mark === 'current'} />;
        return style === '' ? (
          text
        ) : (
          <span key={index} className={classesOf(style)}>
            {text}
          </span>
        );
      })}
    </>
  );
});

function Mark({ text, isCurrent }: { text: string; isCurrent: boolean }) {
  return (
    <mark
      aria-current={isCurrent ? 'true' : undefined}
      className={cn(
        'rounded-xs text-inherit',
        isCurrent ? 'bg-foreground text-background' : 'bg-amber-200 text-zinc-950 dark:bg-amber-300',
      )}
    >
      {text}
    </mark>
  );
}
