import { useSearchParams } from '@remix-run/react';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import { isClosed } from '~/features/requests/stages.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { isRunning } from './run-facts.ts';
import { RunRail } from './run-rail.tsx';
import { LogSkeleton, LogView } from './view/log-view.tsx';

/** The Log tab: the runs, and the log of the one that the address picks (`?run=`) or of all. */
export function LogTab() {
  const request = useRequestDetail();
  const hydrated = useHydrated();
  const [search] = useSearchParams();
  const picked = search.get('run');
  const run = request.runs.find(({ runId }) => runId === picked) ?? null;
  const isOver = run ? !isRunning(run) : isClosed(request.stage);
  return (
    <div className="@container flex min-h-0 flex-1 flex-col max-lg:h-[80dvh] max-lg:flex-none">
      <div className="flex min-h-0 flex-1 flex-col @3xl:flex-row">
        <RunRail requestId={request.requestId} runs={request.runs} selected={run?.runId ?? null} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          {hydrated ? (
            <LogView
              key={run?.runId ?? request.requestId}
              requestId={request.requestId}
              runId={run?.runId ?? null}
              isClosed={isOver}
              fileName={run ? `request-${request.requestId}-run-${run.ordinal}` : `request-${request.requestId}`}
            />
          ) : (
            <LogSkeleton />
          )}
        </div>
      </div>
    </div>
  );
}
