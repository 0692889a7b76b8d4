import type { ExecutorSpec } from '../../workflows/contracts/supervisor.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { createCodexDriver } from './codex/driver.ts';
import { createCommandDriver } from './command/driver.ts';
import type { AgentContext, AgentDriver } from './port.ts';

type Factory = (context: AgentContext, spec: ExecutorSpec) => AgentDriver | null;

/** Every executor by name. Adding one: a folder beside this file and a line here. */
const executors = new Map<string, Factory>([
  ['codex', (context) => createCodexDriver(context)],
  ['command', (context, spec) => createCommandDriver(context, spec.name === 'command' ? spec.command : '')],
  ['none', () => null],
]);

/** Names that `EXECUTOR` and a request may choose. */
const executorNames: readonly string[] = [...executors.keys()];

/** The driver for the job's executor; null for `none`. DomainError `unknown-executor` lists the valid names. */
export function createDriver(spec: ExecutorSpec, context: AgentContext): AgentDriver | null {
  const factory = executors.get(spec.name);
  if (!factory)
    throw new DomainError('permanent', 'unknown-executor', `executor ${spec.name} is unknown; choose one of ${executorNames.join(', ')}`);
  return factory(context, spec);
}
