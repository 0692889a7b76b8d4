/** Runs rounds, one `everyMs` after the other, until the returned function is called, which waits for the last one. A failing one is told, and the next one comes. */
export function keepRounds(round: () => Promise<unknown>, everyMs: number, onFailure: (error: unknown) => void): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  const again = () => {
    running = round()
      .then(() => undefined, onFailure)
      .then(() => {
        if (!stopped) timer = setTimeout(again, everyMs);
      });
  };
  again();
  return async () => {
    stopped = true;
    if (timer) clearTimeout(timer);
    await running;
  };
}
