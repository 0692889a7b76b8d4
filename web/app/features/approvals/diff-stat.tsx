import type { Schemas } from '~/lib/api.ts';
import { plural } from '~/lib/format.ts';

/** The size of a change: files, lines added and removed. */
export function DiffStat({ stat }: { stat: Schemas['DiffStat'] }) {
  return (
    <span className="inline-flex items-baseline gap-1.5 text-xs whitespace-nowrap tabular-nums">
      <span className="text-muted-foreground">{plural(stat.files, 'file')}</span>
      <span className="text-success">
        <span className="sr-only">, lines added: </span>+{stat.insertions}
      </span>
      <span className="text-destructive">
        <span className="sr-only">, lines removed: </span>−{stat.deletions}
      </span>
    </span>
  );
}
