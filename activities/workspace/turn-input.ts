import type { AttachmentRef, CheckResult, Remark } from '../../workflows/contracts/request.ts';
import type { RunPurpose } from '../../workflows/contracts/run.ts';
import type { SupervisorCommand, TurnInput } from '../../workflows/contracts/supervisor.ts';
import { remarksText } from '../remarks-text.ts';

/** What a person wrote, as the database holds it. */
export interface MessageBody {
  messageId: string;
  body: string;
  attachments: AttachmentRef[];
  remarks: Remark[];
  /** The commit that the remarks are about. */
  subjectId: string | null;
}

export interface TurnSpec {
  purpose: RunPurpose;
  projectName: string;
  baseBranch: string;
  checks: { name: string; command: string }[];
  plan: string | null;
  /** True when an earlier turn did not get to its end and this one goes on from its last save. */
  isResumed: boolean;
  messages: MessageBody[];
}

/**
 * Input of a turn: every message byte for byte as an item of its own (its remarks as another), then one derived item that says where the agent is and
 * what will be checked, then the attachments.
 */
export function turnInput(spec: TurnSpec): TurnInput[] {
  const prompts = spec.messages.flatMap(wordsInput);
  const resumed: TurnInput[] = spec.isResumed ? [{ type: 'text', text: resumedText }] : [];
  return [...prompts, { type: 'text', text: specText(spec) }, ...resumed, ...attachmentsOf(spec.messages)];
}

const resumedText =
  'An earlier turn on this was cut off before its end. The work tree and the conversation were restored from the last save, so the latest steps may be missing. ' +
  'Look at the state of the work tree, then continue and finish the task.';

function specText(spec: TurnSpec): string {
  const lines = [
    `Project: ${spec.projectName}`,
    `Base branch: ${spec.baseBranch}`,
    'The checkout is the current directory. Leave your changes in the work tree; committing is optional, pushing is not needed.',
  ];
  if (spec.purpose === 'plan') lines.push('Make a plan only: read, do not change any file. Answer in the requested JSON shape.');
  if (spec.checks.length > 0)
    lines.push('These checks will run on your result:', ...spec.checks.map((check) => `- ${check.name}: ${check.command}`));
  if (spec.plan !== null) lines.push('Approved plan:', spec.plan);
  return lines.join('\n');
}

function attachmentsOf(messages: MessageBody[]): TurnInput[] {
  return messages.flatMap((message) =>
    message.attachments.map((attachment): TurnInput => ({
      type: 'attachment',
      artifactId: attachment.artifactId,
      name: attachment.name,
      mediaType: attachment.mediaType,
    })),
  );
}

/** The words unchanged, then the remarks; a message may have either. */
function wordsInput(message: MessageBody): TurnInput[] {
  const texts = [message.body, remarksText(message.remarks, message.subjectId)];
  return texts.filter((text) => text !== '').map((text) => ({ type: 'text', text }));
}

/** Input of a steering message: its words unchanged, its remarks and its attachments. */
export function steerInput(message: MessageBody): TurnInput[] {
  return [...wordsInput(message), ...attachmentsOf([message])];
}

/** Input of a repair turn: which checks failed and how each ended, with the end of its output. */
export function repairInput(checks: CheckResult[], outputs: Record<string, string>): TurnInput[] {
  const failed = checks.filter((check) => check.status !== 'passed');
  const parts = failed.map((check) => {
    const output = outputs[check.name];
    const head = `Check "${check.name}" (${check.command}) ${endOf(check)}.`;
    return output === undefined || output === '' ? head : `${head}\nThe end of its output:\n${output}`;
  });
  return [
    { type: 'text', text: ['The checks of the project failed on your result. Mend the cause, not the checks.', ...parts].join('\n\n') },
  ];
}

/** Input of a turn that mends a change which could not be stored. */
export function refusedInput(refusal: string): TurnInput[] {
  const words = [
    'Your change could not be stored, so nobody can see it yet. The work tree is as you left it.',
    refusal,
    'Take out what is named here: out of the files, out of any name of a file, and out of your commits; keep the rest of your change as it is.',
  ];
  return [{ type: 'text', text: words.join('\n\n') }];
}

function endOf(check: CheckResult): string {
  if (check.status === 'timed-out') return `did not end in ${Math.round(check.durationMs / 1000)} s`;
  if (check.status === 'error') return 'could not be run';
  return `failed with exit code ${check.exitCode ?? 'unknown'}`;
}

/** JSON schema of a plan: the last message of a planning turn. */
const planSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'steps', 'risks'],
  properties: {
    summary: { type: 'string' },
    steps: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['title', 'detail', 'files'],
        properties: { title: { type: 'string' }, detail: { type: 'string' }, files: { type: 'array', items: { type: 'string' } } },
      },
    },
    risks: { type: 'array', items: { type: 'string' } },
  },
} as const;

/** The `turn` command around an input. */
export function turnCommand(options: {
  messageId: string;
  purpose: RunPurpose;
  input: TurnInput[];
  model: string | null;
  effort: string | null;
  limits: { wallClockMs: number; inactivityMs: number };
}): SupervisorCommand {
  const plan = options.purpose === 'plan';
  return {
    messageId: options.messageId,
    kind: 'turn',
    mode: plan ? 'plan' : 'work',
    input: options.input,
    model: options.model,
    effort: options.effort,
    outputSchema: plan ? planSchema : null,
    reviewBase: null,
    wallClockMs: options.limits.wallClockMs,
    inactivityMs: options.limits.inactivityMs,
  };
}
