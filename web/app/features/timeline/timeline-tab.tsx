import { useRequestDetail } from '~/features/requests/request-context.ts';
import { isClosed } from '~/features/requests/stages.ts';
import { useNow } from '~/lib/now.ts';
import { TimelineChart } from './timeline-chart.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { layOutTimeline } from './timeline.ts';

/** The Timeline tab: where a request's time went, as a chart and as a table. */
export function TimelineTab() {
  const request = useRequestDetail();
  const closed = isClosed(request.stage);
  const nowMs = useNow('second');
  const timeline = layOutTimeline({
    stages: request.status?.stages ?? [],
    runs: request.runs,
    gates: request.gates,
    submittedAtMs: request.createdAtMs,
    closedAtMs: closed ? (request.closedAtMs ?? request.updatedAtMs) : null,
    // On the server there is no clock to agree on with the browser: the last change is known to both.
    nowMs: nowMs ?? request.updatedAtMs,
  });
  return (
    <div className="@container flex flex-col gap-6 p-4">
      <TimelineChart timeline={timeline} isClosed={closed} />
      <TimelineTable timeline={timeline} isClosed={closed} />
    </div>
  );
}
