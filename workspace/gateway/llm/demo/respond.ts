import { setTimeout as sleep } from 'node:timers/promises';
import { callIdOf, readConversation, type Conversation, type Task } from './conversation.ts';
import type { Program, Step, Toolbox } from './program.ts';
import { outputText, ResponsesBody, type SseEvent, type ToolCall } from './protocol.ts';
import { chooseProgram } from './choose.ts';

/** What one model call amounts to: things said and at most one tool call. */
interface Reply {
  said: Exclude<Step, { kind: 'tool' }>[];
  call: (ToolCall & { callId: string }) | null;
}

const stopWords = /^\W*(please\s+)?(stop|halt|abort|never ?mind|cancel (that|this|it))\b/i;
const continueWords = /^\W*(please\s+)?(continue|go on|carry on|resume|keep going)\b/i;

/**
 * The scripted demo model: answers a `/v1/responses` body with the events of one response. Stateless; where a turn stands
 * follows from `input` alone. A body of another shape is answered with `response.failed`.
 */
export async function* handleDemoResponses(body: unknown): AsyncIterable<SseEvent> {
  const parsed = ResponsesBody.safeParse(body);
  const responseId = `resp_demo_${Date.now().toString(36)}`;
  yield event('response.created', { response: { id: responseId, object: 'response', status: 'in_progress', output: [] } });
  if (!parsed.success) {
    return yield failure(responseId, 'invalid_prompt', 'The scripted demo model could not read the request body.');
  }
  const reply = replyTo(parsed.data);
  let index = 0;
  let written = 0;
  for (const step of reply.said) {
    if (step.kind === 'fail') return yield failure(responseId, step.code, step.message);
    if (step.kind === 'pause') {
      await sleep(step.seconds * 1000);
      continue;
    }
    const chunks = step.kind === 'stream' ? step.chunks : splitWords(step.text);
    const phase = reply.call ? 'commentary' : 'final_answer';
    yield* speak(`msg_${responseId}_${index}`, index, chunks, step.kind === 'stream' ? step.perSecond : null, phase);
    written += chunks.join('').length;
    index += 1;
  }
  if (reply.call) {
    yield event('response.output_item.done', { output_index: index, item: callItem(reply.call, `fc_${responseId}`) });
    written += reply.call.arguments.length;
  }
  yield event('response.completed', {
    response: { id: responseId, object: 'response', status: 'completed', model: parsed.data.model, usage: usageOf(parsed.data, written) },
  });
}

/** Runs the open tasks' programs over what the conversation holds, up to the first call that has no output yet. */
export function replyTo(body: ResponsesBody): Reply {
  const conversation = readConversation(body);
  const toolbox = toolboxOf(body);
  const tasks = tasksOf(conversation);
  const latest = tasks.at(-1)?.parts.join('\n') ?? '';
  if (stopWords.test(latest) && latest.length < 200) return { said: [text('Scripted demo model: I stopped, as you asked.')], call: null };
  const said: Reply['said'] = conversation.steeredNow
    ? [text('Scripted demo model: I have read your new message and will get to it right after the step at hand.\n')]
    : [];
  const closing: string[] = [];
  for (const task of tasks) {
    const steps = replay(conversation, task, chooseProgram(task, conversation, body, toolbox));
    if (steps.call) return { said: [...said, ...steps.said], call: steps.call };
    said.push(...steps.said);
    if (steps.said.some((step) => step.kind === 'fail')) return { said, call: null };
    if (steps.closing !== '') closing.push(steps.closing);
  }
  if (closing.length > 0) said.push(text(closing.join('\n\n')));
  if (!said.some((step) => step.kind === 'text' || step.kind === 'stream')) said.push(text('Scripted demo model: done.'));
  return { said, call: null };
}

function replay(conversation: Conversation, task: Task, program: Program): Reply & { closing: string } {
  let said: Reply['said'] = [];
  let count = 0;
  let next = program.next();
  while (!next.done) {
    const step = next.value;
    if (step.kind !== 'tool') {
      said.push(step);
      if (step.kind === 'fail') return { said, call: null, closing: '' };
      next = program.next('');
      continue;
    }
    const key = `${task.ordinal}.${count}`;
    if (!conversation.outputs.has(key)) {
      const callId = callIdOf(task.ordinal, count, conversation.lostCalls.get(key) ?? 0);
      return { said, call: { ...step.call, callId }, closing: '' };
    }
    said = [];
    count += 1;
    next = program.next(outputText(conversation.outputs.get(key)));
  }
  return { said, call: null, closing: next.value };
}

/** The open tasks, after "continue" also those of the turn that was interrupted. */
function tasksOf(conversation: Conversation): Task[] {
  const goesOn = conversation.open.some((task) => continueWords.test(task.parts[0] ?? ''));
  if (!goesOn) return conversation.open;
  return [...conversation.interrupted, ...conversation.open.filter((task) => !continueWords.test(task.parts[0] ?? ''))];
}

function toolboxOf(body: ResponsesBody): Toolbox {
  const names = new Set((body.tools ?? []).map((tool) => tool.name));
  return { applyPatchTool: names.has('apply_patch'), requestUserInput: names.has('request_user_input') };
}

async function* speak(id: string, index: number, chunks: string[], perSecond: number | null, phase: string): AsyncIterable<SseEvent> {
  const item = { type: 'message', id, role: 'assistant', phase };
  yield event('response.output_item.added', { output_index: index, item: { ...item, status: 'in_progress', content: [] } });
  yield event('response.content_part.added', {
    item_id: id,
    output_index: index,
    content_index: 0,
    part: { type: 'output_text', text: '' },
  });
  const startedAt = performance.now();
  for (const [position, delta] of chunks.entries()) {
    // Against the clock of the stream's start, so that the pace does not drift with the load.
    if (perSecond) await sleep(Math.max(0, startedAt + (position * 1000) / perSecond - performance.now()));
    yield event('response.output_text.delta', { item_id: id, output_index: index, content_index: 0, delta });
  }
  const whole = chunks.join('');
  yield event('response.output_text.done', { item_id: id, output_index: index, content_index: 0, text: whole });
  yield event('response.output_item.done', {
    output_index: index,
    item: { ...item, status: 'completed', content: [{ type: 'output_text', text: whole, annotations: [] }] },
  });
}

function callItem(call: ToolCall & { callId: string }, id: string): Record<string, unknown> {
  const common = { id, call_id: call.callId, name: call.name, status: 'completed' };
  return call.custom
    ? { type: 'custom_tool_call', ...common, input: call.arguments }
    : { type: 'function_call', ...common, arguments: call.arguments };
}

/** Tokens estimated at four characters each: a scripted model has no tokenizer. */
function usageOf(body: ResponsesBody, written: number): Record<string, unknown> {
  const input = Math.ceil(JSON.stringify(body.input).length / 4);
  const output = Math.ceil(written / 4);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

function failure(id: string, code: string, message: string): SseEvent {
  return event('response.failed', { response: { id, object: 'response', status: 'failed', error: { code, message } } });
}

function event(type: string, data: Record<string, unknown>): SseEvent {
  return { event: type, data: { type, ...data } };
}

function text(value: string): { kind: 'text'; text: string } {
  return { kind: 'text', text: value };
}

function splitWords(value: string): string[] {
  return value.match(/\S*\s*/g)?.filter((word) => word !== '') ?? [];
}
