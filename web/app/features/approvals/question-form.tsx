import { useId } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { Input } from '~/components/ui/input.tsx';
import type { Schemas } from '~/lib/api.ts';
import { answerField } from './act-fields.ts';
import { useAct } from './use-act.ts';

interface QuestionFormProps {
  requestId: string;
  questionId: string;
  questions: readonly Schemas['AgentQuestion'][];
  action: string;
}

/** The agent's questions with their choices; a question may take words of one's own. */
export function QuestionForm({ requestId, questionId, questions, action }: QuestionFormProps) {
  const act = useAct(requestId);
  return (
    <act.Form method="post" action={action} className="flex flex-col gap-3">
      <input type="hidden" name="requestId" value={requestId} />
      <input type="hidden" name="questionId" value={questionId} />
      {questions.map((question) => (
        <Question key={question.id} question={question} />
      ))}
      <div>
        <Button type="submit" name="intent" value="answer" disabled={act.busy}>
          Answer
        </Button>
      </div>
    </act.Form>
  );
}

function Question({ question }: { question: Schemas['AgentQuestion'] }) {
  const id = useId();
  const name = answerField(question);
  const own = question.allowsOther || question.options.length === 0;
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-medium break-words whitespace-pre-wrap">{question.question}</legend>
      {question.options.map((option, index) => (
        <label
          key={option.label}
          htmlFor={`${id}-${index}`}
          className="flex min-h-8 items-start gap-2 rounded-md border px-2.5 py-1.5 text-sm has-checked:border-primary has-checked:bg-primary/5"
        >
          <input
            type="radio"
            id={`${id}-${index}`}
            name={name}
            value={option.label}
            required={!own}
            className="mt-0.5 size-4 accent-primary"
          />
          <span className="min-w-0">
            <span className="font-medium break-words">{option.label}</span>
            {option.description !== option.label && <span className="block text-muted-foreground break-words">{option.description}</span>}
          </span>
        </label>
      ))}
      {own && (
        <Input
          name={name}
          aria-label={question.options.length === 0 ? question.question : `Another answer to: ${question.question}`}
          placeholder={question.options.length === 0 ? 'Your answer' : 'Or say it in your own words'}
          required={question.options.length === 0}
        />
      )}
    </fieldset>
  );
}
