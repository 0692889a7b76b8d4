import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const Message = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Message = z.infer<typeof Message>;

/** A real `codex app-server` under test. */
export interface CodexSession {
  call(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>>;
  startThread(cwd: string): Promise<string>;
  /** Runs a turn to `turn/completed`. */
  turn(threadId: string, text: string | string[], extra?: Record<string, unknown>): Promise<TurnEnd>;
  review(threadId: string, branch: string): Promise<TurnEnd>;
  /** The next message that fits, also one that came already. */
  until(fits: (message: Message) => boolean): Promise<Message>;
  answer(id: number | string, result: unknown): void;
  messages: Message[];
  close(): Promise<void>;
}

export interface TurnEnd {
  status: string;
  error: string | null;
  lastMessage: string;
}

/** Where the pinned Codex CLI keeps its binary. */
function codexBinary(): string {
  const manifest = createRequire(createRequire(import.meta.url).resolve('@openai/codex/package.json')).resolve(
    '@openai/codex-linux-x64/package.json',
  );
  return join(dirname(manifest), 'vendor', 'x86_64-unknown-linux-musl', 'bin', 'codex');
}

export interface CodexOptions {
  home: string;
  /** Ends in /v1. */
  baseUrl: string;
  model?: string;
  /** request_max_retries and stream_max_retries. */
  retries?: [number, number];
}

function configOf(options: CodexOptions): string {
  const [requestRetries, streamRetries] = options.retries ?? [4, 5];
  return `model = "${options.model ?? 'gpt-5.5'}"
model_provider = "astraforge-proxy"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
web_search = "disabled"
[analytics]
enabled = false
[features]
plugins = false
default_mode_request_user_input = true
[otel]
exporter = "none"
[model_providers.astraforge-proxy]
name = "AstraForge"
base_url = "${options.baseUrl}"
env_key = "CODEX_DUMMY_KEY"
wire_api = "responses"
request_max_retries = ${requestRetries}
stream_max_retries = ${streamRetries}
`;
}

/** Starts Codex against a model server. */
export async function startCodex(options: CodexOptions): Promise<CodexSession> {
  await mkdir(options.home, { recursive: true });
  await writeFile(join(options.home, 'config.toml'), configOf(options));
  const child = spawn(codexBinary(), ['app-server'], {
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: options.home,
      CODEX_HOME: options.home,
      CODEX_DUMMY_KEY: 'dummy',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const messages: Message[] = [];
  const waiters = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    messages.push(Message.parse(JSON.parse(line)));
    for (const wake of waiters) wake();
  });
  const send = (message: Record<string, unknown>) => void child.stdin.write(`${JSON.stringify(message)}\n`);
  let nextId = 1;

  async function until(fits: (message: Message) => boolean, from = 0): Promise<Message> {
    for (;;) {
      const found = messages.slice(from).find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiters.delete(wake);
          resolve();
        };
        waiters.add(wake);
      });
    }
  }
  async function call(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const id = nextId++;
    send({ id, method, params });
    const answer = await until((message) => message.id === id && message.method === undefined);
    if (answer.error) throw new Error(answer.error.message);
    return z.record(z.string(), z.unknown()).parse(answer.result ?? {});
  }
  async function ended(threadId: string, start: () => Promise<unknown>): Promise<TurnEnd> {
    const from = messages.length;
    await start();
    const end = await until((message) => message.method === 'turn/completed' && message.params?.['threadId'] === threadId, from);
    const turn = z.looseObject({ status: z.string(), error: z.looseObject({ message: z.string() }).nullish() }).parse(end.params?.['turn']);
    const said = messages.slice(from).flatMap((message) => {
      const item = z.looseObject({ type: z.literal('agentMessage'), text: z.string() }).safeParse(message.params?.['item']);
      return message.method === 'item/completed' && item.success ? [item.data.text] : [];
    });
    return { status: turn.status, error: turn.error?.message ?? null, lastMessage: said.at(-1) ?? '' };
  }
  await call('initialize', { clientInfo: { name: 'test', title: 'test', version: '1' }, capabilities: { experimentalApi: true } });
  send({ method: 'initialized' });
  return {
    call,
    messages,
    until,
    answer: (id, result) => send({ id, result }),
    async startThread(cwd) {
      const { thread } = await call('thread/start', { cwd });
      return z.looseObject({ id: z.string() }).parse(thread).id;
    },
    turn(threadId, text, extra = {}) {
      const input = [text].flat().map((part) => ({ type: 'text', text: part, text_elements: [] }));
      return ended(threadId, () => call('turn/start', { threadId, input, ...extra }));
    },
    review: (threadId, branch) =>
      ended(threadId, () => call('review/start', { threadId, delivery: 'inline', target: { type: 'baseBranch', branch } })),
    close: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve());
        child.kill();
      }),
  };
}
