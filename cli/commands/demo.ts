import type { Command } from 'commander';
import { statePaths } from '../../config/paths.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { createCliClient } from '../api-client.ts';
import type { RequestDetail } from '../client.ts';
import { type CliContext, openSession } from '../context.ts';
import { runDemo } from '../demo/run-demo.ts';
import { makeSampleRepository } from '../demo/sample-repository.ts';
import { demoResult, describeModel } from '../demo/summary.ts';
import { exitCodeOfRequest, exitCodes } from '../exit-codes.ts';
import { describeRequest, stageTable } from '../render/request.ts';
import { createStyle, type Style, useColor } from '../render/style.ts';
import { bringUp, describeLinks, serve, unsafePlainOption } from './start.ts';

interface DemoOptions {
  once: boolean;
  yes: boolean;
}

/** `demo`: the whole way on a sample repository, then serves on. */
export function addDemoCommand(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('start the system, and watch a prompt become a reviewed merge request on a sample repository')
    .option('--once', 'stop when it is done instead of serving', false)
    .option('-y, --yes', 'approve without asking', false)
    .option(...unsafePlainOption)
    .action(async (options: DemoOptions, command: Command) => {
      const session = openSession(context, command);
      const human = session.json ? context.stderr : context.stdout;
      const style = createStyle(session.options.color !== false && useColor(human, context.env));
      const askFirst = !options.yes && !session.json && context.stdin.isTTY === true && context.stdout.isTTY === true;

      human.write(`${describeModel(context.systemConfig())}\n`);
      const system = await bringUp(context, session, human, style);
      try {
        const client = createCliClient({ url: system.apiUrl, token: system.token });
        const taken = new Set((await client.listProjects()).map((project) => project.name));
        const sample = await makeSampleRepository(statePaths(system.stateDir).forge, (name) => !taken.has(name));
        const request = await runDemo({ client, context, human, style, sample, askFirst });
        const result = demoResult(request, sample.path, context.now());
        human.write(`\n${describeRequest(request, style, system.apiUrl)}\n${stageTable(result.stagesMs)}\n`);
        human.write((options.once ? '' : describeLinks(system, style)) + describeClone(request, sample.path, style));
        session.data(result);
        context.exit(request.stage === 'REVIEWED' ? exitCodes.ok : exitCodeOfRequest(request));
        if (!options.once) await serve(context, system, human);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'interrupted' || !context.signal.aborted) throw error;
        human.write(`${error.message}\n`);
        context.exit(exitCodes.interrupted);
      } finally {
        await system.stop();
      }
    });
}

function describeClone(request: RequestDetail, repository: string, style: Style): string {
  const branch = request.mergeRequest?.branch;
  return branch ? `${style('dim', 'the branch:')} git clone -b ${branch} ${repository}\n` : '';
}
