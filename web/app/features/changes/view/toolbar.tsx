import { Columns2Icon, DownloadIcon, ListTreeIcon, MessageSquareTextIcon, Rows2Icon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { cn } from '~/lib/cn.ts';
import { plural, shortCommit } from '~/lib/format.ts';
import type { Layout } from './board.ts';
import { Counts } from './counts.tsx';
import type { RunWithCheckpoint, Shown } from './shown.ts';

export interface ToolbarProps {
  shown: Shown;
  /** Null while the diff is loading. */
  stat: { files: number; insertions: number; deletions: number } | null;
  viewedCount: number;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  onShow: (choice: { run: string; against: string | null }) => void;
  onFiles: () => void;
  onDownload: () => void;
  draftCount: number;
  /** Null where no remark can be sent. */
  onRemarks: (() => void) | null;
}

/** What is shown, how much it is, and how it is shown. */
export function Toolbar(props: ToolbarProps) {
  const { shown, stat, viewedCount, onFiles, onDownload, draftCount, onRemarks } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-3 py-2">
      <Button variant="outline" size="sm" className="lg:@3xl:hidden" onClick={onFiles}>
        <ListTreeIcon aria-hidden />
        Files
      </Button>
      <Versions {...props} />
      <div className="flex flex-1 flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <p className="flex items-center gap-2 text-xs whitespace-nowrap text-muted-foreground">
          {stat && (
            <>
              {plural(stat.files, 'file')}
              <Counts insertions={stat.insertions} deletions={stat.deletions} />
              <span role="status">
                {viewedCount} of {stat.files} viewed
              </span>
            </>
          )}
        </p>
        <div className="flex items-center gap-1">
          <LayoutSwitch {...props} />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Download the patch of ${shortName(shown.run)}`}
            title="Download the patch"
            onClick={onDownload}
          >
            <DownloadIcon aria-hidden />
          </Button>
          {onRemarks && (
            <Button variant={draftCount > 0 ? 'default' : 'outline'} size="sm" onClick={onRemarks}>
              <MessageSquareTextIcon aria-hidden />
              Remarks{draftCount > 0 && ` (${draftCount})`}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

function Versions({ shown, onShow }: ToolbarProps) {
  const { run, against, choices } = shown;
  const earlier = choices.filter(({ ordinal }) => ordinal < run.ordinal);
  return (
    <div className="flex flex-wrap items-center gap-1.5 text-xs text-muted-foreground">
      <NativeSelect
        aria-label="Commit that is shown"
        className="w-44"
        value={run.runId}
        onChange={(event) => onShow({ run: event.target.value, against: against?.runId ?? null })}
      >
        {[...choices].reverse().map((choice) => (
          <option key={choice.runId} value={choice.runId}>
            {shortName(choice)}
          </option>
        ))}
      </NativeSelect>
      {earlier.length > 0 && (
        <>
          since
          <NativeSelect
            aria-label="What it is compared with"
            className="w-44"
            value={against?.runId ?? ''}
            onChange={(event) => onShow({ run: run.runId, against: event.target.value === '' ? null : event.target.value })}
          >
            <option value="">base branch</option>
            {[...earlier].reverse().map((choice) => (
              <option key={choice.runId} value={choice.runId}>
                {shortName(choice)}
              </option>
            ))}
          </NativeSelect>
        </>
      )}
    </div>
  );
}

function LayoutSwitch({ layout, onLayout }: ToolbarProps) {
  return (
    <div role="group" aria-label="How lines are shown" className="hidden rounded-md bg-muted p-0.5 sm:flex">
      <Choice isChosen={layout === 'unified'} label="Unified" onClick={() => onLayout('unified')}>
        <Rows2Icon className="size-4" aria-hidden />
      </Choice>
      <Choice isChosen={layout === 'split'} label="Side by side" onClick={() => onLayout('split')}>
        <Columns2Icon className="size-4" aria-hidden />
      </Choice>
    </div>
  );
}

function Choice({ isChosen, label, onClick, children }: { isChosen: boolean; label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      aria-label={label}
      title={label}
      onClick={onClick}
      className={cn(
        'inline-flex size-7 items-center justify-center rounded-sm hover:text-foreground',
        isChosen ? 'bg-background text-foreground shadow-xs' : 'text-muted-foreground',
      )}
    >
      {children}
    </button>
  );
}

/** A checkpoint as lists name it. */
function shortName({ ordinal, checkpoint }: RunWithCheckpoint): string {
  return `Run ${ordinal} · ${shortCommit(checkpoint.commit)}`;
}
