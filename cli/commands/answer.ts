import type { Command } from 'commander';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { AgentQuestion, Awaiting } from '../../workflows/contracts/request.ts';
import type { RequestDetail } from '../client.ts';
import { canAsk, type CliContext, openSession } from '../context.ts';
import { usageError } from '../environment.ts';
import { ask } from '../prompt.ts';
import { safeLine } from '../render/text.ts';
import { describeAcceptance } from './decide.ts';

/** `answer <request> [answers…]`: answers the agent's questions, in their order or by `id=answer`; asks on a terminal. */
export function addAnswerCommand(program: Command, context: CliContext): void {
  program
    .command('answer')
    .description("answer the agent's questions: one answer each, in their order, or id=answer")
    .argument('<request>', 'request id')
    .argument('[answers...]', 'the words of a choice, its number, or your own')
    .action(async (requestId: string, words: string[], _options: unknown, command: Command) => {
      const session = openSession(context, command);
      const client = await session.client();
      const awaiting = openQuestion(await client.getRequest(requestId));
      const given = words.length === 0 && canAsk(context, session) ? await askEach(context, awaiting.questions) : words;
      const answers = matchAnswers(awaiting.questions, given);
      const accepted = await client.answer(requestId, { questionId: awaiting.questionId, answers });
      session.data({ ...accepted, questionId: awaiting.questionId, answers });
      session.print(describeAcceptance(accepted));
    });
}

function openQuestion(request: RequestDetail): Awaiting & { questionId: string } {
  const { awaiting } = request;
  if (awaiting?.kind === 'answer' && awaiting.questionId !== null) return { ...awaiting, questionId: awaiting.questionId };
  throw new DomainError('permanent', 'no-question', `request ${request.requestId} has no open question (it is ${request.stage})`, {
    details: { status: 409 },
  });
}

async function askEach(context: CliContext, questions: readonly AgentQuestion[]): Promise<string[]> {
  const answers: string[] = [];
  for (const asked of questions) {
    context.stdout.write(`${safeLine(asked.question, 400)}\n`);
    asked.options.forEach((choice, index) =>
      context.stdout.write(`  ${index + 1}. ${safeLine(choice.label)}  ${safeLine(choice.description)}\n`),
    );
    answers.push(await ask(context, '> '));
  }
  return answers;
}

/**
 * Matches words to questions: `id=answer` by id, the others in order; a number chooses that option. DomainError `usage` names
 * what is left open, too much, or not among the options.
 */
export function matchAnswers(questions: readonly AgentQuestion[], words: readonly string[]): Record<string, string[]> {
  const answers: Record<string, string[]> = {};
  const inOrder: string[] = [];
  for (const word of words) {
    const asked = questions.find((question) => word.startsWith(`${question.id}=`));
    if (asked) answers[asked.id] = [choose(asked, word.slice(asked.id.length + 1))];
    else inOrder.push(word);
  }
  for (const asked of questions.filter((question) => answers[question.id] === undefined)) {
    const word = inOrder.shift();
    if (word === undefined || word.trim() === '') throw usageError(`no answer to ${asked.id}: ${safeLine(asked.question, 200)}`);
    answers[asked.id] = [choose(asked, word)];
  }
  if (inOrder.length > 0) throw usageError(`${inOrder.length} answers too many: there are ${questions.length} questions`);
  return answers;
}

function choose(asked: AgentQuestion, word: string): string {
  const text = word.trim();
  const byNumber = /^\d+$/.test(text) ? asked.options[Number(text) - 1] : undefined;
  const byLabel = asked.options.find((choice) => choice.label.toLowerCase() === text.toLowerCase());
  const chosen = byLabel ?? byNumber;
  if (chosen) return chosen.label;
  if (asked.allowsOther || asked.options.length === 0) return text;
  throw usageError(`${asked.id}: "${safeLine(text, 60)}" is none of ${asked.options.map((choice) => choice.label).join(', ')}`);
}
