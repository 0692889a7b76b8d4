import { v7 as uuid } from 'uuid';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { samplePrompt } from '../../api/client/sample.ts';
import type { CliClient, RequestDetail } from '../client.ts';
import type { CliContext, OutputStream } from '../context.ts';
import { followRequest } from '../follow.ts';
import { confirm } from '../prompt.ts';
import { EventRenderer } from '../render/events.ts';
import { LiveView } from '../render/live.ts';
import type { Style } from '../render/style.ts';
import { paintDiff } from '../commands/diff.ts';
import { sampleProject } from './sample-project.ts';
import { asksForApproval, demoIsOver } from './summary.ts';

export interface DemoInput {
  client: CliClient;
  context: Pick<CliContext, 'stdin' | 'stdout' | 'signal' | 'now'>;
  /** Where people read: stderr under `--json`. */
  human: OutputStream;
  style: Style;
  sample: { name: string; path: string };
  /** False: approves by itself. */
  askFirst: boolean;
}

/** Registers the sample, submits the prompt, follows it live, gets it approved, and waits for merge request and review. */
export async function runDemo(input: DemoInput): Promise<RequestDetail> {
  const { client, sample, human, style } = input;
  const project = await client.createProject(sampleProject(sample));
  human.write(`${style('dim', 'prompt:')} ${style('bold', samplePrompt)}  ${style('dim', `(${sample.path})`)}\n`);
  const submitted = await client.submit({ project: project.projectId, prompt: samplePrompt, files: [], idempotencyKey: uuid() });
  return followToReview(input, submitted.requestId);
}

async function followToReview(input: DemoInput, requestId: string): Promise<RequestDetail> {
  const startedAtMs = (await input.client.getRequest(requestId)).createdAtMs;
  const renderer = new EventRenderer({ style: input.style, startedAtMs, verbose: false });
  const view = new LiveView({ stream: input.human, renderer, style: input.style, startedAtMs, now: () => input.context.now() });
  const voted = new Set<string>();
  const needsVote = (request: RequestDetail) => asksForApproval(request) && !voted.has(request.gate?.gateId ?? '');
  let afterSeq = 0;

  for (;;) {
    view.start();
    const followed = await followRequest({
      client: input.client,
      requestId,
      afterSeq,
      until: (request) => demoIsOver(request) || needsVote(request),
      onEvent: (event) => view.print(event),
      onConnection: (state) => view.connection(state),
      signal: input.context.signal,
    }).finally(() => view.stop());
    if (followed.interrupted)
      throw new DomainError('permanent', 'interrupted', `demo: interrupted; the request ${requestId} goes on at the next start`);

    afterSeq = followed.lastSeq;
    const { request } = followed;
    if (!needsVote(request) || !request.gate) return request;
    voted.add(request.gate.gateId);
    await vote(input, request, request.gate.subject.id);
  }
}

async function vote(input: DemoInput, request: RequestDetail, subjectId: string): Promise<void> {
  const { client, human, style, context } = input;
  if (!input.askFirst) {
    human.write(`${style('dim', '         approving by itself (--yes, or no terminal to ask on)')}\n`);
    await client.decide(request.requestId, { vote: 'approve', subjectId, comment: 'approved by the demo' });
    return;
  }
  const runId = request.checkpoint?.runId;
  if (runId) human.write(`\n${paintDiff(await client.diff(runId), style)}\n`);
  const approved = await confirm(context, style('bold', 'Approve this change and open the merge request?'));
  await client.decide(request.requestId, { vote: approved ? 'approve' : 'reject', subjectId, comment: '' });
}
