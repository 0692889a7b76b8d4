import { useId, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import type { DiffFile } from '../types.ts';
import { useBoard } from './board.ts';
import { blobUrl } from './source.ts';

/** An image before and after: beside each other, or one over the other. A side that has none says so. */
export function ImageDiff({ file }: { file: DiffFile }) {
  const { source } = useBoard();
  const [mode, setMode] = useState<'beside' | 'swipe'>('beside');
  const before = file.status === 'added' ? null : blobUrl(source, file.oldPath ?? file.path, 'old');
  const after = file.status === 'deleted' ? null : blobUrl(source, file.path, 'new');
  return (
    <div className="space-y-3 p-3">
      {before !== null && after !== null && (
        <div className="flex gap-1" role="group" aria-label="How the images are compared">
          <Button
            size="sm"
            variant={mode === 'beside' ? 'secondary' : 'ghost'}
            aria-pressed={mode === 'beside'}
            onClick={() => setMode('beside')}
          >
            Beside each other
          </Button>
          <Button
            size="sm"
            variant={mode === 'swipe' ? 'secondary' : 'ghost'}
            aria-pressed={mode === 'swipe'}
            onClick={() => setMode('swipe')}
          >
            Swipe
          </Button>
        </div>
      )}
      {mode === 'swipe' && before !== null && after !== null ? (
        <Swipe before={before} after={after} path={file.path} />
      ) : (
        <div className="flex flex-wrap gap-4">
          {before !== null && <Picture source={before} label="Before" path={file.oldPath ?? file.path} />}
          {after !== null && <Picture source={after} label={before === null ? 'New' : 'After'} path={file.path} />}
        </div>
      )}
    </div>
  );
}

function Picture({ source, label, path }: { source: string; label: string; path: string }) {
  const [size, setSize] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  return (
    <figure className="min-w-0 flex-1 basis-52 space-y-1">
      <figcaption className="text-xs text-muted-foreground">
        {label}
        {size !== null && ` · ${size} pixels`}
      </figcaption>
      {isBroken ? (
        <p className="text-sm text-muted-foreground">
          This image cannot be shown here: it is too large, or its bytes are not what its name says.
        </p>
      ) : (
        <img
          src={source}
          alt={`${label}: ${path}`}
          loading="lazy"
          className="max-h-96 max-w-full rounded-md border bg-muted object-contain"
          onLoad={(event) => setSize(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight}`)}
          onError={() => setBroken(true)}
        />
      )}
    </figure>
  );
}

/** The new image over the old one, cut where the slider stands. */
function Swipe({ before, after, path }: { before: string; after: string; path: string }) {
  const [share, setShare] = useState(50);
  const id = useId();
  return (
    <div className="max-w-xl space-y-2">
      <div className="relative overflow-hidden rounded-md border bg-muted">
        <img src={before} alt={`Before: ${path}`} className="block max-w-full" />
        <img
          src={after}
          alt={`After: ${path}`}
          className="absolute inset-0 h-full w-full bg-muted object-contain object-left-top"
          style={{ clipPath: `inset(0 0 0 ${share}%)` }}
        />
      </div>
      <label htmlFor={id} className="flex items-center gap-2 text-xs text-muted-foreground">
        Before
        <input
          id={id}
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label="Where the image after begins, in percent"
          onChange={(event) => setShare(Number(event.target.value))}
          className="h-6 flex-1 accent-primary"
        />
        After
      </label>
    </div>
  );
}
