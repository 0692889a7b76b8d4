import { CheckIcon, XIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { LiveRegion } from '~/components/live-region.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { cn } from '~/lib/cn.ts';
import type { loadWelcome } from './load.server.ts';
import { Finished, OwnProject } from './own-project.tsx';
import { StepDetails } from './step-details.tsx';
import { isComplete, type Step, stepsOf } from './steps.ts';
import { SubmitStep } from './submit-step.tsx';
import { stepWords } from './words.ts';

export type WelcomePageProps = Awaited<ReturnType<typeof loadWelcome>>;

/** From nothing to the first merged change, live; then to a repository of one's own. */
export function WelcomePage({ sample, request, own, demoModel }: WelcomePageProps) {
  const steps = stepsOf(request);
  const current = steps.find(({ state }) => state !== 'done');
  return (
    <Page width="narrow">
      <PageHeader
        title="Welcome to AstraForge"
        description="Write a prompt; get a reviewed merge request. Here is the whole way once, on a project that is there to be tried out. It takes a minute or two."
      />
      <LiveRegion message={current ? `Step: ${stepWords[current.id].title}` : 'The change is merged'} />
      {demoModel && (
        <p className="mb-4 rounded-lg border bg-muted/50 px-4 py-3 text-sm text-muted-foreground">
          No model key is set, so a scripted model plays the agent's part; everything else is real. Start with{' '}
          <code className="font-mono text-xs">OPENAI_API_KEY</code> set for a real one.
        </p>
      )}
      <ol className="flex flex-col">
        {steps.map((step, index) => (
          <StepRow key={step.id} step={step} isLast={index === steps.length - 1}>
            {step.id === 'submit' && step.state === 'now' ? (
              <SubmitStep sample={sample} />
            ) : (
              request && step.state !== 'todo' && <StepDetails step={step} request={request} sample={sample} />
            )}
          </StepRow>
        ))}
      </ol>
      {isComplete(steps) && request && <Finished requestId={request.requestId} />}
      <OwnProject own={own} emphasised={isComplete(steps)} hasRequest={request !== null} />
    </Page>
  );
}

function StepRow({ step, isLast, children }: { step: Step; isLast: boolean; children: ReactNode }) {
  const { title, about } = stepWords[step.id];
  return (
    <li className="flex gap-3.5" aria-current={step.state === 'now' ? 'step' : undefined}>
      <div className="flex flex-col items-center">
        <StepMark state={step.state} />
        {!isLast && <span className={cn('w-px flex-1', step.state === 'done' ? 'bg-success' : 'bg-border')} aria-hidden />}
      </div>
      <div className={cn('min-w-0 flex-1 pb-6', step.state === 'todo' && 'text-muted-foreground')}>
        <h2 className="text-sm leading-7 font-semibold">
          {title}
          <span className="sr-only"> ({stateWords[step.state]})</span>
        </h2>
        <p className="text-sm text-muted-foreground">{about}</p>
        {children && <div className="mt-3">{children}</div>}
      </div>
    </li>
  );
}

const stateWords: Readonly<Record<Step['state'], string>> = { todo: 'to come', now: 'now', done: 'done', stopped: 'stopped here' };

function StepMark({ state }: { state: Step['state'] }) {
  const className = 'inline-flex size-7 shrink-0 items-center justify-center rounded-full border';
  switch (state) {
    case 'done':
      return (
        <span className={cn(className, 'border-success bg-success/10 text-success')} aria-hidden>
          <CheckIcon className="size-4" />
        </span>
      );
    case 'stopped':
      return (
        <span className={cn(className, 'border-destructive bg-destructive/10 text-destructive')} aria-hidden>
          <XIcon className="size-4" />
        </span>
      );
    case 'now':
      return (
        <span className={cn(className, 'border-primary bg-primary/10')} aria-hidden>
          <span className="size-2.5 rounded-full bg-primary" />
        </span>
      );
    case 'todo':
      return <span className={cn(className, 'bg-muted/50')} aria-hidden />;
  }
}
