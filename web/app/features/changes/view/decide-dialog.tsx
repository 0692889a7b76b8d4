import { shortCommit } from '~/lib/format.ts';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from '~/components/ui/dialog.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import type { Standing } from '../decision/standing.ts';
import { refusalWords } from '../decision/refusal.ts';
import type { Intent } from './decision-bar.tsx';
import { RefusalPanel } from './refusal-panel.tsx';
import { useStored } from './stored.ts';
import { useDecision, type DecisionCall } from './use-decision.ts';

const texts = {
  approve: { title: 'Approve', button: 'Approve', label: 'Comment (not needed)', done: 'Your approval was counted.' },
  reject: { title: 'Reject', button: 'Reject', label: 'Reason', done: 'Rejected.' },
  merge: { title: 'Merge', button: 'Merge', label: null, done: 'It is being merged.' },
} as const;

export interface DecideDialogProps {
  requestId: string;
  intent: Exclude<Intent, 'amend'>;
  standing: Standing;
  onClose: () => void;
}

/** Asks once more what a decision means, takes the words for it, and says why it was refused. The words are kept until it worked. */
export function DecideDialog({ requestId, intent, standing, onClose }: DecideDialogProps) {
  const { decide, isSending, problem } = useDecision(requestId);
  const [words, setWords] = useStored(`astraforge:decision:${requestId}:${intent}`, readWords);
  // What was open when the dialog was: a page that moved on must not change what a press of the button means.
  const [subject] = useState(standing.subject ?? '');
  const { title, button, label, done } = texts[intent];
  const isMissing = intent === 'reject' && words.trim() === '';
  const isStale = problem !== null && refusalWords(problem.code).isStale;
  const id = useId();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!(await decide(JSON.stringify([intent, subject, words]), done, callOf(intent, subject, words.trim())))) return;
    setWords(() => '');
    onClose();
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <form className="grid gap-4" onSubmit={(event) => void submit(event)}>
          <DialogHeader>
            <DialogTitle>
              {title} {shortCommit(subject)}
            </DialogTitle>
            <DialogDescription>{standing.consequences[intent]}</DialogDescription>
          </DialogHeader>
          {label !== null && (
            <div className="grid gap-1.5">
              <label htmlFor={id} className="text-sm font-medium">
                {label}
              </label>
              <Textarea
                id={id}
                value={words}
                required={intent === 'reject'}
                maxLength={10_000}
                onChange={(event) => {
                  const { value } = event.target;
                  setWords(() => value);
                }}
              />
            </div>
          )}
          {problem && <RefusalPanel problem={problem} />}
          <DialogFooter>
            <Button variant="outline" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" variant={intent === 'reject' ? 'destructive' : 'default'} disabled={isSending || isMissing || isStale}>
              {isSending ? 'Sending…' : button}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function callOf(intent: DecideDialogProps['intent'], subjectId: string, comment: string): DecisionCall {
  if (intent === 'merge') return (api, params) => api.POST('/api/requests/{requestId}/merge', { params, body: { subjectId } });
  return (api, params) => api.POST('/api/requests/{requestId}/decisions', { params, body: { vote: intent, subjectId, comment } });
}

function readWords(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
