import { CheckIcon, CircleXIcon } from 'lucide-react';
import { useState } from 'react';
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
} from '~/components/ui/alert-dialog.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Label } from '~/components/ui/label.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { plural } from '~/lib/format.ts';
import { acts } from './act.ts';
import { cancelAll, type CancelState, summariseCancel } from './bulk-cancel.ts';
import type { RequestSummary } from './stages.ts';

export interface BulkCancelDialogProps {
  requests: readonly RequestSummary[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Called with the ids that were cancelled. */
  onDone: (requestIds: string[]) => void;
}

/** Cancels several requests at once, and says of each what became of it. */
export function BulkCancelDialog({ requests, isOpen, onOpenChange, onDone }: BulkCancelDialogProps) {
  const [reason, setReason] = useState('');
  const [states, setStates] = useState<Readonly<Record<string, CancelState>> | null>(null);
  const isWorking = states !== null && Object.values(states).some((state) => typeof state === 'string');

  async function cancel(): Promise<void> {
    const ids = requests.map(({ requestId }) => requestId);
    setStates(Object.fromEntries(ids.map((id) => [id, 'waiting'])));
    const done: string[] = [];
    await cancelAll(
      ids,
      (requestId) => attempt(() => acts.cancel(browserApi(), requestId, reason.trim())),
      (requestId, state) => {
        setStates((before) => ({ ...before, [requestId]: state }));
        if (typeof state === 'object' && state.done) done.push(requestId);
      },
    );
    onDone(done);
  }

  function change(open: boolean): void {
    if (isWorking) return;
    onOpenChange(open);
    if (!open) setStates(null);
  }

  return (
    <AlertDialog open={isOpen} onOpenChange={change}>
      <AlertDialogContent className="max-w-lg">
        <AlertDialogHeader>
          <AlertDialogTitle>
            {states === null ? `Cancel ${plural(requests.length, 'request')}?` : summariseCancel(Object.values(states))}
          </AlertDialogTitle>
          <AlertDialogDescription>
            Each ends now, with whatever runs for it. Logs and saved changes stay; none can be taken up again.
          </AlertDialogDescription>
        </AlertDialogHeader>
        <ul className="max-h-60 divide-y overflow-y-auto rounded-md border" tabIndex={0} aria-label="Requests to cancel">
          {requests.map(({ requestId, title }) => (
            <li key={requestId} className="flex items-start gap-2 px-2.5 py-1.5">
              <div className="min-w-0 flex-1">
                <p className="truncate">{title}</p>
                <Reason state={states?.[requestId]} />
              </div>
              <Mark state={states?.[requestId]} />
            </li>
          ))}
        </ul>
        {states === null && (
          <div className="grid gap-1.5">
            <Label htmlFor="bulk-reason">Reason (optional)</Label>
            <Textarea id="bulk-reason" value={reason} maxLength={10_000} onChange={(event) => setReason(event.currentTarget.value)} />
          </div>
        )}
        <AlertDialogFooter>
          <AlertDialogCancel disabled={isWorking}>{states === null ? 'Keep them' : 'Close'}</AlertDialogCancel>
          {states === null && (
            <Button variant="destructive" onClick={() => void cancel()}>
              Cancel {plural(requests.length, 'request')}
            </Button>
          )}
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}

function Reason({ state }: { state: CancelState | undefined }) {
  return typeof state === 'object' && !state.done ? <p className="text-xs text-destructive">{state.reason}</p> : null;
}

function Mark({ state }: { state: CancelState | undefined }) {
  if (state === undefined || state === 'waiting') return null;
  if (state === 'working') return <Spinner aria-label="Being cancelled" />;
  return state.done ? (
    <span className="inline-flex items-center gap-1 text-xs text-success">
      <CheckIcon className="size-4" aria-hidden />
      cancelled
    </span>
  ) : (
    <span className="inline-flex items-center gap-1 text-xs text-destructive">
      <CircleXIcon className="size-4" aria-hidden />
      refused
    </span>
  );
}
