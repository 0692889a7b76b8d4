import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A model call as it goes out: path as the workspace asked for it, body byte for byte. */
export interface UpstreamRequest {
  method: 'GET' | 'POST';
  /** `/v1/…` with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer | null;
  /** Aborting ends the call wherever it stands. */
  signal: AbortSignal;
  /** Called once the call goes out to a model server, which may work on it from then on, whoever hangs up. */
  onSent: () => void;
}

/** An upstream's answer: status and headers as they came, the body as a stream of its exact bytes. */
export interface UpstreamResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

/** A model server. `send` rejects with DomainError (`upstream-unreachable`, `upstream-timeout`) before there is an answer; later failures end `body`. */
export interface Upstream {
  readonly name: string;
  send(request: UpstreamRequest): Promise<UpstreamResponse>;
}

/** Limits of one call, in milliseconds: to a connection, to the first byte of the answer, between two bytes. */
export interface LlmTimeouts {
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
}
