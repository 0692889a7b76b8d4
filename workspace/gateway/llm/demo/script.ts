import { parse } from 'yaml';
import { z } from 'zod';
import { askPerson, quote, shell, type Program } from './program.ts';

const maxSteps = 10_000;
const seconds = z.number().min(0).max(86_400);

const simpleSteps = [
  z.strictObject({ say: z.string() }),
  /** A text, or `count` numbered words, in deltas of a word at `perSecond`. */
  z.strictObject({
    stream: z.strictObject({
      text: z.string().optional(),
      count: z.number().int().min(1).max(1_000_000).optional(),
      perSecond: z.number().positive().max(10_000),
    }),
  }),
  z.strictObject({ run: z.string() }),
  z.strictObject({ write: z.strictObject({ path: z.string().min(1), content: z.string() }) }),
  z.strictObject({ ask: z.strictObject({ question: z.string(), header: z.string().optional(), options: z.array(z.string()).min(2) }) }),
  /** A shell `sleep`: the agent's command works. */
  z.strictObject({ sleep: seconds }),
  /** The model itself says nothing for so long. */
  z.strictObject({ pause: seconds }),
  /** Ends the response as failed: `true`, or the message. */
  z.strictObject({ fail: z.union([z.literal(true), z.string()]) }),
] as const;

type SimpleStep = z.infer<(typeof simpleSteps)[number]>;
type ScriptStep = SimpleStep | { loop: { times: number; steps: ScriptStep[] } };
const ScriptStep: z.ZodType<ScriptStep> = z.lazy(() =>
  z.union([
    ...simpleSteps,
    z.strictObject({ loop: z.strictObject({ times: z.number().int().min(0).max(maxSteps), steps: z.array(ScriptStep) }) }),
  ]),
);

/** The YAML of the first fenced block ```astraforge-demo in a message; null when there is none. */
export function findScript(message: string): string | null {
  return /(?:^|\n)```astraforge-demo[ \t]*\r?\n([\s\S]*?)\r?\n?```/.exec(message)?.[1] ?? null;
}

/** Performs exactly the steps of a script, one model call a tool call; a script that does not read is answered with what is wrong. */
export function* runScript(yaml: string): Program {
  const parsed = readScript(yaml);
  if ('problem' in parsed) return `Scripted demo model: this script does not read: ${parsed.problem}`;
  const budget = { left: maxSteps };
  const spoke = yield* perform(parsed.steps, budget);
  if (budget.left <= 0) return `Scripted demo model: the script was ended after ${maxSteps} steps.`;
  return spoke ? '' : 'Scripted demo model: the script is done.';
}

function readScript(yaml: string): { steps: ScriptStep[] } | { problem: string } {
  try {
    const parsed = z.array(ScriptStep).safeParse(parse(yaml));
    return parsed.success ? { steps: parsed.data } : { problem: z.prettifyError(parsed.error) };
  } catch (error) {
    return { problem: String(error) };
  }
}

/** True when the last step was words, so that nothing needs to be added. */
function* perform(steps: readonly ScriptStep[], budget: { left: number }): Program<boolean> {
  let spoke = false;
  for (const step of steps) {
    if (budget.left <= 0) return spoke;
    if ('loop' in step) {
      for (let round = 0; round < step.loop.times && budget.left > 0; round += 1) spoke = yield* perform(step.loop.steps, budget);
      continue;
    }
    budget.left -= 1;
    spoke = yield* performOne(step);
  }
  return spoke;
}

function* performOne(step: SimpleStep): Program<boolean> {
  if ('say' in step) {
    yield { kind: 'text', text: step.say };
    return true;
  }
  if ('stream' in step) {
    yield { kind: 'stream', chunks: chunksOf(step.stream), perSecond: step.stream.perSecond };
    return true;
  }
  if ('pause' in step) yield { kind: 'pause', seconds: step.pause };
  else if ('fail' in step)
    yield { kind: 'fail', code: 'invalid_prompt', message: step.fail === true ? 'The script asked the demo model to fail.' : step.fail };
  else if ('run' in step) yield* shell(step.run);
  else if ('sleep' in step) yield* shell(`sleep ${step.sleep}`);
  else if ('write' in step) yield* shell(writeCommand(step.write.path, step.write.content));
  else
    yield* askPerson({
      header: step.ask.header ?? 'Question',
      question: step.ask.question,
      options: step.ask.options.map((label) => ({ label, description: label })),
    });
  return false;
}

/** A command that writes exactly these characters into a file and makes its folder. */
function writeCommand(path: string, content: string): string {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return `${folder === '' ? '' : `mkdir -p ${quote(folder)} && `}printf %s ${quote(content)} > ${quote(path)}`;
}

function chunksOf(stream: { text?: string | undefined; count?: number | undefined }): string[] {
  const words = stream.text?.match(/\S+\s*/g) ?? [];
  const count = stream.count ?? words.length;
  if (words.length === 0) return Array.from({ length: count }, (_, index) => `word-${index + 1} `);
  return Array.from({ length: count }, (_, index) => words[index % words.length] ?? '');
}
