import { actOnRequests } from './edits.ts';
import type { Conversation, Task } from './conversation.ts';
import { makePlan } from './plan.ts';
import type { Program, Toolbox } from './program.ts';
import type { ResponsesBody } from './protocol.ts';
import { reviewChange } from './review.ts';
import { findScript, runScript } from './script.ts';

/** Which program answers a message: an explicit script, a review, a structured plan, or what the words ask for. */
export function chooseProgram(task: Task, conversation: Conversation, body: ResponsesBody, toolbox: Toolbox): Program {
  for (const part of task.parts) {
    const script = findScript(part);
    if (script !== null) return runScript(script);
  }
  const message = task.parts.join('\n\n');
  if (conversation.guidance.includes('# Review guidelines') && conversation.guidance.includes('overall_correctness')) {
    return reviewChange(message, conversation.cwd);
  }
  const schema = body.text?.format?.type === 'json_schema' ? body.text.format.schema : undefined;
  if (schema !== undefined) return makePlan(task.parts[0] ?? '', schema);
  return actOnRequests(task, toolbox, conversation.cwd);
}
