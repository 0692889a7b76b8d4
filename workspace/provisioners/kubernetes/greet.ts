import type { Duplex } from 'node:stream';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Surroundings } from '../../supervisor/look-around.ts';
import { Answer, Begun } from '../../supervisor/pod/answer.ts';
import type { Welcome, Work } from '../../supervisor/pod/welcome.ts';
import type { Cluster } from './client.ts';
import { containers } from './layout.ts';
import { openStream } from './stream.ts';

const answerMs = 90_000;
/** A supervisor that says more than this before it began is none of ours. */
const maxAnswerChars = 1024 * 1024;

/** A supervisor in a Pod before it works. Cut off before it began, it ends. */
export interface Greeting {
  /** Gives it its program and tells it where it is; answers what it found around it. DomainError `place-lost`. */
  welcome(supervisor: Buffer, welcome: Welcome): Promise<Surroundings>;
  /** Hands its work and the run's token over; from then on whatever is delivered reaches it. DomainError `place-lost`. */
  begin(work: Work): Promise<void>;
  close(): void;
}

/** Opens the standard streams of a Pod's supervisor. DomainError `exec-stream`. */
export async function greet(cluster: Cluster, pod: string): Promise<Greeting> {
  const stream = await openStream(cluster, pod, containers.supervisor, null);

  async function answer(): Promise<unknown> {
    const line = await firstLine(stream.duplex, answerMs);
    if (line !== null) return JSON.parse(line);
    const { stderr } = await stream.ended;
    throw new DomainError(
      'transient',
      'place-lost',
      `workspace: its supervisor ended before it began: ${stderr.trim() || 'it said nothing'}`,
    );
  }

  return {
    // The stream stays open until the answers came: its end would be the end of what it prints.
    async welcome(supervisor, welcome) {
      stream.duplex.write(supervisor);
      stream.duplex.write(`${JSON.stringify(welcome)}\n`);
      return Answer.parse(await answer()).found;
    },
    async begin(work) {
      stream.duplex.write(`${JSON.stringify(work)}\n`);
      Begun.parse(await answer());
    },
    close: stream.close,
  };
}

/** Null when the stream ended, or nothing came in time. */
function firstLine(stream: Duplex, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let read = '';
    const end = (line: string | null): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onClose).off('close', onClose);
      resolve(line);
    };
    const onClose = (): void => end(null);
    const onData = (chunk: Buffer): void => {
      read += chunk.toString('utf8');
      if (read.length > maxAnswerChars) return void stream.destroy();
      if (read.includes('\n')) end(read.slice(0, read.indexOf('\n')));
    };
    const timer = setTimeout(() => stream.destroy(), timeoutMs);
    stream.on('data', onData);
    stream.once('end', onClose).once('close', onClose);
    if (stream.destroyed || stream.readableEnded) end(null);
  });
}
