import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Label } from '~/components/ui/label.tsx';
import { Textarea } from '~/components/ui/textarea.tsx';
import { refusalWords } from '~/features/changes/decision/refusal.ts';
import { useDraft } from '~/features/composer/use-draft.ts';
import { actParams, useReread } from '~/features/requests/act.ts';
import { browserApi, type Problem } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { usePerson } from '~/lib/person.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import type { PlanStanding } from './plan-standing.ts';

type Intent = 'approve' | 'reject' | 'amend';

const texts: Readonly<Record<Intent, { button: string; label: string; needsWords: boolean; done: string }>> = {
  approve: { button: 'Approve plan', label: 'Comment (optional)', needsWords: false, done: 'Your approval was counted' },
  reject: { button: 'Reject plan', label: 'Reason', needsWords: true, done: 'Plan rejected' },
  amend: { button: 'Ask for changes', label: 'What should be different?', needsWords: true, done: 'Sent to the agent' },
};

export interface PlanDecisionProps {
  requestId: string;
  standing: PlanStanding;
  votes: ReactNode;
}

/** Where the decision on a plan stands, and the ways to decide; each says what it means before it is done. */
export function PlanDecision({ requestId, standing, votes }: PlanDecisionProps) {
  const [intent, setIntent] = useState<Intent | null>(null);
  const open = (next: Intent) => setIntent(intent === next ? null : next);
  useShortcut('a', 'Approve the plan', () => open('approve'), { enabled: standing.mayVote });
  return (
    <section aria-label="Decision on the plan" className="max-w-3xl space-y-3 rounded-lg border bg-card p-3">
      <p className="font-medium">{standing.headline}</p>
      {standing.refusal !== null && <p className="text-muted-foreground">{standing.refusal}</p>}
      {votes}
      {(standing.mayVote || standing.mayAmend) && (
        <div className="flex flex-wrap gap-2">
          {standing.mayVote && (
            <Button size="sm" aria-expanded={intent === 'approve'} onClick={() => open('approve')}>
              Approve…
            </Button>
          )}
          {standing.mayAmend && (
            <Button size="sm" variant="outline" aria-expanded={intent === 'amend'} onClick={() => open('amend')}>
              Ask for changes…
            </Button>
          )}
          {standing.mayVote && (
            <Button
              size="sm"
              variant="ghost"
              className="text-destructive"
              aria-expanded={intent === 'reject'}
              onClick={() => open('reject')}
            >
              Reject…
            </Button>
          )}
        </div>
      )}
      {intent !== null && (
        <DecisionForm key={intent} requestId={requestId} intent={intent} standing={standing} onDone={() => setIntent(null)} />
      )}
    </section>
  );
}

interface DecisionFormProps {
  requestId: string;
  intent: Intent;
  standing: PlanStanding;
  onDone: () => void;
}

function DecisionForm({ requestId, intent, standing, onDone }: DecisionFormProps) {
  const id = useId();
  const person = usePerson();
  const { draft, update, clear } = useDraft(person.id, `${requestId}.plan.${intent}`);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const reread = useReread();
  // What was shown when the form was opened: a plan that comes meanwhile must not be voted on unseen.
  const [subject] = useState(standing.subject);
  const { button, label, needsWords, done } = texts[intent];
  const isOverdue = standing.subject !== subject;
  const isComplete = !isOverdue && (!needsWords || draft.text.trim() !== '');

  async function decide(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!isComplete || isBusy) return;
    setBusy(true);
    const result = await attempt(() => send(requestId, intent, subject, draft.text.trim()));
    setBusy(false);
    reread(result);
    if (!result.ok) return setProblem(result.problem);
    clear();
    toast.success(done);
    onDone();
  }

  return (
    <form onSubmit={(event) => void decide(event)} className="space-y-2 border-t pt-3">
      <p id={`${id}-meaning`} className="text-muted-foreground">
        {standing.consequences[intent]}
      </p>
      <Label htmlFor={id}>{label}</Label>
      <Textarea
        id={id}
        autoFocus
        value={draft.text}
        maxLength={10_000}
        aria-describedby={`${id}-meaning`}
        onChange={(event) => {
          const text = event.currentTarget.value;
          update((before) => ({ ...before, text }));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void decide(event);
        }}
      />
      {isOverdue && (
        <p role="alert" className="text-warning">
          There is a newer plan. Close this, read it, then decide; what you wrote is kept.
        </p>
      )}
      {problem && !isOverdue && <Refusal problem={problem} />}
      <div className="flex gap-2">
        <Button type="submit" size="sm" variant={intent === 'reject' ? 'destructive' : 'default'} disabled={!isComplete || isBusy}>
          {button}
        </Button>
        <Button size="sm" variant="ghost" onClick={onDone}>
          Close
        </Button>
      </div>
    </form>
  );
}

/** Why it was not done, in the words that decisions on changes use too. */
function Refusal({ problem }: { problem: Problem }) {
  const { title, next } = refusalWords(problem.code);
  return <ErrorPanel problem={{ title, detail: `${problem.detail} ${next}`, code: problem.code }} />;
}

function send(requestId: string, intent: Intent, subjectId: string, words: string) {
  const params = actParams(requestId);
  if (intent === 'amend') {
    return browserApi().POST('/api/requests/{requestId}/messages', { params, body: { kind: 'amend', subjectId, text: words } });
  }
  return browserApi().POST('/api/requests/{requestId}/decisions', { params, body: { vote: intent, subjectId, comment: words } });
}
