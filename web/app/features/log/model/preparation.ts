import type { EventData } from '../../../../../workflows/contracts/events.ts';
import { oneLine } from '../terminal/visible.ts';
import type { LogEntry } from './entry.ts';

type Step = EventData<'preparation.started'>;

const words: Record<Step['step'], string> = {
  pull: 'Pull the image',
  build: 'Build the image',
  bootstrap: 'Build the image on a root file system of its own:',
  wait: 'Wait for another process that makes the image',
  probe: 'Try the isolation with',
  service: 'Start the service',
};

/** Under which key a step is open. */
export function preparationKey({ step, subject }: Step): string {
  return `preparation/${step}/${subject}`;
}

/** How a step of making a workspace begins in the log. */
export function preparationBeginning({ step, subject }: Step): Pick<LogEntry, 'kind' | 'title'> {
  return { kind: 'setup', title: `${words[step]} ${oneLine(subject, 160)}` };
}

/** How it ended. One that failed may have a step after it that does instead, so it is no error by itself. */
export function preparationEnd({ ok, durationMs }: EventData<'preparation.completed'>): Pick<LogEntry, 'tone' | 'result' | 'durationMs'> {
  return { tone: ok ? 'good' : 'warn', result: ok ? 'done' : 'failed', durationMs };
}
