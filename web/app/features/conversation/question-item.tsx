import { CircleHelpIcon } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import { actParams, useProblemToast, useReread } from '~/features/requests/act.ts';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { cn } from '~/lib/cn.ts';
import { type Entered, noAnswers, takesWords, toAnswers } from './answers.ts';
import type { Question, TranscriptItem } from './transcript.ts';

type QuestionEntry = Extract<TranscriptItem, { kind: 'question' }>;

export interface QuestionItemProps {
  requestId: string;
  item: QuestionEntry;
  /** True while the request waits for this very question. */
  isAsked: boolean;
}

/** What the agent asks: a form while it waits for the answer, then what was answered. */
export function QuestionItem({ requestId, item, isAsked }: QuestionItemProps) {
  return (
    <section aria-label="The agent asks" className={cn('rounded-lg border p-3', isAsked ? 'border-warning/50 bg-warning/5' : 'bg-card')}>
      <p className="mb-2 flex items-center gap-2 text-xs font-medium">
        <CircleHelpIcon className={cn('size-4', isAsked ? 'text-warning' : 'text-muted-foreground')} aria-hidden />
        {isAsked ? 'The agent asks you' : item.answers ? 'The agent asked' : 'The agent asked, and went on without an answer'}
      </p>
      {isAsked ? <QuestionForm requestId={requestId} item={item} /> : <Answered item={item} />}
    </section>
  );
}

function Answered({ item }: { item: QuestionEntry }) {
  return (
    <dl className="space-y-2">
      {item.questions.map(({ id, question }) => (
        <div key={id}>
          <dt className="text-muted-foreground wrap-anywhere">{question}</dt>
          {item.answers?.[id] && <dd className="mt-0.5 font-medium wrap-anywhere">{item.answers[id].join(', ')}</dd>}
        </div>
      ))}
    </dl>
  );
}

function QuestionForm({ requestId, item }: { requestId: string; item: QuestionEntry }) {
  const { questions, questionId } = item;
  const [entered, setEntered] = useState(() => noAnswers(questions));
  const [missing, setMissing] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const reread = useReread();
  const showProblem = useProblemToast();

  async function send(event: FormEvent): Promise<void> {
    event.preventDefault();
    const result = toAnswers(questions, entered);
    setMissing(result.ok ? [] : result.missing);
    if (!result.ok) return;
    setBusy(true);
    const body = { questionId, answers: result.answers };
    const params = actParams(requestId);
    const sent = await attempt(() => browserApi().POST('/api/requests/{requestId}/answer', { params, body }));
    setBusy(false);
    if (sent.ok) toast.success('Answer sent', { description: 'The agent goes on.' });
    else showProblem(sent.problem);
    reread(sent);
  }

  return (
    <form onSubmit={(event) => void send(event)} className="space-y-4">
      {questions.map((question) => (
        <QuestionFields
          key={question.id}
          question={question}
          entered={entered[question.id] ?? { choice: null, isOther: false, other: '' }}
          isMissing={missing.includes(question.id)}
          onChange={(next) => setEntered({ ...entered, [question.id]: next })}
        />
      ))}
      <Button type="submit" disabled={isBusy}>
        Answer
      </Button>
    </form>
  );
}

interface QuestionFieldsProps {
  question: Question;
  entered: Entered;
  isMissing: boolean;
  onChange: (entered: Entered) => void;
}

function QuestionFields({ question, entered, isMissing, onChange }: QuestionFieldsProps) {
  const id = useId();
  const hasChoices = question.options.length > 0;
  return (
    <fieldset aria-describedby={isMissing ? `${id}-missing` : undefined}>
      <legend className="mb-1.5 wrap-anywhere">
        {question.header && <span className="mr-1.5 text-xs font-medium text-muted-foreground">{question.header}</span>}
        {question.question}
      </legend>
      <div className="space-y-1">
        {question.options.map(({ label, description }) => (
          <Choice
            key={label}
            name={id}
            label={label}
            description={description === label ? '' : description}
            isChosen={!entered.isOther && entered.choice === label}
            onChoose={() => onChange({ ...entered, choice: label, isOther: false })}
          />
        ))}
        {hasChoices && question.allowsOther && (
          <Choice
            name={id}
            label="Something else"
            description=""
            isChosen={entered.isOther}
            onChoose={() => onChange({ ...entered, isOther: true })}
          />
        )}
      </div>
      {takesWords(question) && (entered.isOther || !hasChoices) && (
        <Input
          aria-label={hasChoices ? 'Something else' : question.question}
          value={entered.other}
          maxLength={10_000}
          placeholder="Your answer"
          className="mt-2"
          onChange={(event) => onChange({ ...entered, other: event.currentTarget.value })}
        />
      )}
      {isMissing && (
        <p id={`${id}-missing`} role="alert" className="mt-1 text-xs text-destructive">
          {hasChoices ? 'Choose an answer.' : 'Write an answer.'}
        </p>
      )}
    </fieldset>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  description: string;
  isChosen: boolean;
  onChoose: () => void;
}

function Choice({ name, label, description, isChosen, onChoose }: ChoiceProps) {
  return (
    <label
      className={cn(
        'flex cursor-pointer items-start gap-2 rounded-md border bg-background px-2.5 py-1.5 has-focus-visible:ring-2 has-focus-visible:ring-ring/40',
        isChosen ? 'border-primary' : 'hover:bg-accent',
      )}
    >
      <input type="radio" name={name} checked={isChosen} onChange={onChoose} className="mt-0.5 size-4 accent-primary" />
      <span className="min-w-0 wrap-anywhere">
        <span className="font-medium">{label}</span>
        {description && <span className="block text-xs text-muted-foreground">{description}</span>}
      </span>
    </label>
  );
}
