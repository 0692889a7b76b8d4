import { useEffect, useState } from 'react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { DiffStat } from '~/features/approvals/diff-stat.tsx';
import { browserApi, outcome, type Outcome, problemOf, type Schemas } from '~/lib/api.ts';
import { plural } from '~/lib/format.ts';
import { fileStatus, previewFilesMax } from './board.ts';

/** The files of a run's change with what became of each; read when it is shown. */
export function DiffFiles({ runId }: { runId: string }) {
  const diff = useDiff(runId);
  if (diff === null) return <Skeleton className="h-40" />;
  if (!diff.ok) return <ErrorPanel problem={diff.problem} />;
  const { files, stat } = diff.data;
  const rest = files.length - previewFilesMax;
  return (
    <div className="flex min-h-0 flex-col gap-2">
      <DiffStat stat={stat} />
      <ul className="divide-y rounded-lg border">
        {files.slice(0, previewFilesMax).map((file) => (
          <FileRow key={file.path} file={file} />
        ))}
      </ul>
      {rest > 0 && <p className="text-sm text-muted-foreground">and {plural(rest, 'more file')}</p>}
    </div>
  );
}

function FileRow({ file }: { file: Schemas['DiffFile'] }) {
  const { letter, words } = fileStatus(file.status);
  return (
    <li className="flex items-baseline gap-3 px-3 py-1.5 text-xs">
      <span className="w-3 shrink-0 font-mono font-medium text-muted-foreground" aria-hidden>
        {letter}
      </span>
      <span className="min-w-0 flex-1 font-mono break-all">
        {file.oldPath !== null && file.oldPath !== file.path && <span className="text-muted-foreground">{file.oldPath} → </span>}
        {file.path}
        <span className="sr-only">, {words}</span>
      </span>
      {file.kind === 'text' ? (
        <span className="shrink-0 tabular-nums">
          <span className="text-success">+{file.insertions}</span> <span className="text-destructive">−{file.deletions}</span>
        </span>
      ) : (
        <span className="shrink-0 text-muted-foreground">{file.kind}</span>
      )}
    </li>
  );
}

/** Null while it is read. */
function useDiff(runId: string): Outcome<Schemas['Diff']> | null {
  const [diff, setDiff] = useState<Outcome<Schemas['Diff']> | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setDiff(null);
    void readDiff(runId, stop.signal).then((result) => {
      if (!stop.signal.aborted) setDiff(result);
    });
    return () => stop.abort();
  }, [runId]);
  return diff;
}

async function readDiff(runId: string, signal: AbortSignal): Promise<Outcome<Schemas['Diff']>> {
  try {
    return jsonDiff(await browserApi().GET('/api/runs/{runId}/diff', { params: { path: { runId } }, signal }));
  } catch (error) {
    // The browser's word for a network that fails; an abort is nobody's to show.
    if (!(error instanceof TypeError) && !signal.aborted) throw error;
    return {
      ok: false,
      problem: { ...problemOf(null, 503), detail: 'The diff could not be read: check the connection and open it again.' },
    };
  }
}

/** Without an `Accept` of a patch the API answers JSON; its document lists both. */
function jsonDiff(answer: Parameters<typeof outcome<Schemas['Diff'] | string>>[0]): Outcome<Schemas['Diff']> {
  const result = outcome(answer);
  if (!result.ok) return result;
  if (typeof result.data === 'string') return { ok: false, problem: problemOf(null, answer.response.status) };
  return { ok: true, data: result.data };
}
