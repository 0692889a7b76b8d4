import { formatAgo, formatDate, formatInstant } from '~/lib/format.ts';
import { useNow } from '~/lib/now.ts';

/** How long ago it was; the exact time on hover. The server, which does not know the reader's now, writes the date. */
export function TimeAgo({ atMs, className }: { atMs: number; className?: string }) {
  const nowMs = useNow('minute');
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatInstant(atMs)} className={className}>
      {nowMs === null ? formatDate(atMs) : formatAgo(atMs, nowMs)}
    </time>
  );
}
