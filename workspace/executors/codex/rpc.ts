import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { DomainError } from '../../../workflows/contracts/errors.ts';

/** One line of `codex app-server`: request, notification or answer, told apart by which members it has. */
const Line = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
  emittedAtMs: z.number().optional(),
});

export type RpcId = string | number;

export interface RpcHandlers {
  onNotification(method: string, params: unknown, emittedAtMs: number | undefined): void;
  /** A request of the server: answer it with `respond` or `reject`, or it waits for ever. */
  onRequest(id: RpcId, method: string, params: unknown): void;
  /** A line that is not of the protocol. */
  onGarbage(line: string): void;
  onBytes(count: number): void;
}

export interface RpcClient {
  /** Resolves with the result. Rejects with DomainError `agent-refused` for an error answer, that of `close` when the server is gone. */
  request(method: string, params: unknown, id?: RpcId): Promise<unknown>;
  notify(method: string, params?: unknown): void;
  respond(id: RpcId, result: unknown): void;
  reject(id: RpcId, code: number, message: string): void;
  /** True once a line of the protocol was read. */
  spoke(): boolean;
  /** Fails every request that is open, and every later one, with a DomainError of this code. */
  close(code: string, reason: string): void;
}

/** A line longer than this is not of the protocol; what follows is read on from the next newline. */
const maxLineChars = 16 * 1024 * 1024;

/** JSON lines over stdio as `codex app-server` speaks them: JSON-RPC without the `jsonrpc` member. */
export function createRpcClient(output: Readable, input: Writable, handlers: RpcHandlers): RpcClient {
  const open = new Map<RpcId, { resolve: (result: unknown) => void; reject: (error: DomainError) => void }>();
  const decoder = new StringDecoder('utf8');
  let nextId = 1;
  let rest = '';
  let spoke = false;
  let closed: { code: string; reason: string } | null = null;

  function send(message: object): void {
    if (!closed) input.write(`${JSON.stringify(message)}\n`);
  }

  function take(line: string): void {
    const parsed = parseLine(line);
    if (!parsed) return handlers.onGarbage(line.slice(0, 500));
    const { id, method, params, result, error, emittedAtMs } = parsed;
    spoke = true;
    if (method !== undefined && id !== undefined) return handlers.onRequest(id, method, params);
    if (method !== undefined) return handlers.onNotification(method, params, emittedAtMs);
    if (id === undefined) return handlers.onGarbage(line.slice(0, 500));
    const waiting = open.get(id);
    open.delete(id);
    if (error)
      waiting?.reject(new DomainError('permanent', 'agent-refused', error.message, { details: { code: error.code, data: error.data } }));
    else waiting?.resolve(result);
  }

  /** What is nested so deep that it cannot be written again is none of the protocol. */
  function takeUnlessTooDeep(line: string): void {
    try {
      take(line);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      handlers.onGarbage(line.slice(0, 500));
    }
  }

  output.on('data', (chunk: Buffer) => {
    handlers.onBytes(chunk.length);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) takeUnlessTooDeep(line);
    if (rest.length <= maxLineChars) return;
    handlers.onGarbage(rest.slice(0, 500));
    rest = '';
  });
  input.on('error', () => undefined);

  return {
    request(method, params, id = nextId++) {
      if (closed) return Promise.reject(new DomainError('transient', closed.code, closed.reason));
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        send({ id, method, params });
      });
    },
    notify: (method, params) => send(params === undefined ? { method } : { method, params }),
    respond: (id, result) => send({ id, result }),
    reject: (id, code, message) => send({ id, error: { code, message } }),
    spoke: () => spoke,
    close(code, reason) {
      closed = { code, reason };
      for (const { reject } of open.values()) reject(new DomainError('transient', code, reason));
      open.clear();
    },
  };
}

function parseLine(line: string): z.infer<typeof Line> | null {
  try {
    return Line.parse(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
