import { createInterface } from 'node:readline';
import { z } from 'zod';
import { DomainError } from '../../workflows/contracts/errors.ts';

/** How long a daemon may say nothing of a pull or a build. */
const silenceMs = 5 * 60_000;

const Progress = z.object({ error: z.string().optional(), stream: z.string().optional() }).loose();

/** Reads a daemon's progress to its end. DomainError `docker-image` with what it said last when the work failed or fell silent. */
export async function finished(stream: NodeJS.ReadableStream): Promise<void> {
  let last = '';
  let silent = false;
  const fallSilent = () => {
    silent = true;
    if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
  };
  let timer = setTimeout(fallSilent, silenceMs);
  try {
    for await (const line of createInterface({ input: stream })) {
      clearTimeout(timer);
      timer = setTimeout(fallSilent, silenceMs);
      if (line.trim() === '') continue;
      const progress = Progress.parse(JSON.parse(line));
      if (progress.error !== undefined) throw failure(`${progress.error} ${last}`.trim());
      if (progress.stream?.trim()) last = progress.stream.trim();
    }
  } finally {
    clearTimeout(timer);
  }
  if (silent) throw failure(`the daemon said nothing for ${silenceMs / 60_000} minutes`);
}

function failure(why: string): DomainError {
  return new DomainError('transient', 'docker-image', why.replace(/\s+/g, ' ').slice(0, 400));
}
