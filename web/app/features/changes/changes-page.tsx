import { useSearchParams } from '@remix-run/react';
import { FileDiffIcon } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import type { Person } from './decision/standing.ts';
import type { RequestDetail } from './types.ts';
import { ReviewBoard } from './view/review-board.tsx';
import { sourceKey, type Source } from './view/source.ts';
import { shownOf, type Shown } from './view/shown.ts';

export interface ChangesPageProps {
  detail: RequestDetail;
  person: Person;
}

/**
 * The changes of a request, to read, remark on and decide about. In a browser only. What is shown stays shown when a newer commit
 * comes; a line says so. The address may ask for a run (`run`) and for what it is compared with (`against`).
 */
export function ChangesPage({ detail, person }: ChangesPageProps) {
  const [params, setParams] = useSearchParams();
  const [pinned, setPinned] = useState<string | null>(null);
  const shown = shownOf(detail.runs, { run: params.get('run'), against: params.get('against'), pinned });
  const runId = shown?.run.runId ?? null;
  useEffect(() => setPinned(runId), [runId]);

  const show = useCallback(
    (choice: { run: string; against: string | null }) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          after.set('run', choice.run);
          if (choice.against === null) after.delete('against');
          else after.set('against', choice.against);
          return after;
        },
        { replace: true, preventScrollReset: true },
      );
    },
    [setParams],
  );

  if (!shown) return <NothingYet detail={detail} />;
  const source = sourceOf(shown);
  return <ReviewBoard key={sourceKey(source)} detail={detail} person={person} shown={shown} source={source} onShow={show} />;
}

function sourceOf({ run, against }: Shown): Source {
  return {
    runId: run.runId,
    commit: run.checkpoint.commit,
    against: against && { runId: against.runId, commit: against.checkpoint.commit },
  };
}

function NothingYet({ detail }: { detail: RequestDetail }) {
  const isOver = detail.stage === 'DONE' || detail.stage === 'CANCELLED' || detail.stage === 'FAILED';
  return (
    <EmptyState icon={FileDiffIcon} title={isOver ? 'No changes were made' : 'No changes yet'} className="m-4">
      {isOver
        ? 'The request ended before the agent committed anything.'
        : 'When the agent’s run ends, its commit appears here: every changed file, to read, to remark on and to decide about.'}
    </EmptyState>
  );
}
