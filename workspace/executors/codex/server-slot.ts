import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { FailureReason } from '../../../workflows/contracts/run.ts';
import type { AgentContext } from '../port.ts';
import { writeInside } from '../write-inside.ts';
import { codexConfigToml, codexFolder, codexRules, dummyKeyVariable } from './config.ts';
import type { CodexTurn } from './protocol.ts';
import { startServer } from './server.ts';
import type { CodexServer } from './server.ts';

export interface ServerSlot {
  /** The running server with the checkout mounted so; starts one, or another one, where needed. */
  ensure(readOnlyCheckout: boolean): Promise<CodexServer>;
  current(): CodexServer | null;
  kill(): void;
}

interface SlotEvents {
  onTurnCompleted(turn: CodexTurn, lastMessage: string): void;
  onDown(reason: FailureReason, error: string, lastMessage: string): void;
}

/** Holds the one app-server of a workspace. */
export function createServerSlot(context: AgentContext, events: SlotEvents): ServerSlot {
  let server: CodexServer | null = null;
  let starting: Promise<CodexServer> | null = null;

  async function launch(readOnlyCheckout: boolean): Promise<CodexServer> {
    const { homeDir, model, relayUrl } = context;
    await writeInside(homeDir, join(codexFolder, 'rules', 'default.rules'), codexRules);
    await writeInside(homeDir, join(codexFolder, 'config.toml'), codexConfigToml({ model, relayUrl }));
    if (!context.codexPath) throw new DomainError('permanent', 'agent-exit', 'agent: the codex binary was not found; run npm ci');
    const env = { CODEX_HOME: join(homeDir, codexFolder), [dummyKeyVariable]: 'astraforge' };
    const launched: CodexServer = startServer(context, {
      child: context.spawn([context.codexPath, 'app-server'], { readOnlyCheckout, env }),
      readOnlyCheckout,
      onTurnCompleted: events.onTurnCompleted,
      onDown(reason, error) {
        if (server === launched) server = null;
        events.onDown(reason, error, launched.lastMessage());
      },
    });
    server = launched;
    await launched.initialized;
    return launched;
  }

  return {
    async ensure(readOnlyCheckout) {
      // Warming and the first turn share one start.
      if (starting) await starting.catch(() => undefined);
      if (server && server.readOnlyCheckout !== readOnlyCheckout) {
        server.kill();
        server = null;
      }
      if (server) return server;
      starting = launch(readOnlyCheckout);
      try {
        return await starting;
      } finally {
        starting = null;
      }
    },
    current: () => server,
    kill() {
      const killed = server;
      server = null;
      killed?.kill();
    },
  };
}
