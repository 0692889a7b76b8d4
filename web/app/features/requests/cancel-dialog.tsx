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
import { Textarea } from '~/components/ui/textarea.tsx';
import { acts, useAct } from './act.ts';

export interface CancelDialogProps {
  requestId: string;
  title: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Asks before a request is cancelled, and for the reason. */
export function CancelDialog({ requestId, title, isOpen, onOpenChange }: CancelDialogProps) {
  const [reason, setReason] = useState('');
  const { isBusy, act } = useAct();

  async function cancel(): Promise<void> {
    if (await act('Request cancelled', (api) => acts.cancel(api, requestId, reason.trim()))) onOpenChange(false);
  }

  return (
    <AlertDialog open={isOpen} onOpenChange={onOpenChange}>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>Cancel this request?</AlertDialogTitle>
          <AlertDialogDescription className="wrap-anywhere">
            “{title}” ends now, with whatever runs for it. The log and the last saved change stay; it cannot be taken up again.
          </AlertDialogDescription>
        </AlertDialogHeader>
        <div className="grid gap-1.5">
          <Label htmlFor="cancel-reason">Reason (optional)</Label>
          <Textarea id="cancel-reason" value={reason} maxLength={10_000} onChange={(event) => setReason(event.currentTarget.value)} />
        </div>
        <AlertDialogFooter>
          <AlertDialogCancel>Keep it</AlertDialogCancel>
          <Button variant="destructive" disabled={isBusy} onClick={() => void cancel()}>
            Cancel request
          </Button>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
