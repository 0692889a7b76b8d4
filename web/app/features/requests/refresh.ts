/** Calls `run` a moment after the first of several calls: a burst costs one run, and one that comes during a run costs another after it. */
export interface Refresher {
  request: () => void;
  stop: () => void;
}

/** `run` ends when what it fetched is there; times in ms. */
export function createRefresher(run: () => Promise<void>, waitMs: number): Refresher {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;

  function request(): void {
    isWanted = true;
    if (timer === null && !isRunning && !isStopped) timer = setTimeout(go, waitMs);
  }

  function go(): void {
    timer = null;
    isWanted = false;
    isRunning = true;
    void run()
      // A failed reading says so where it is shown; the next change tries again.
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
        if (isWanted) request();
      });
  }

  return {
    request,
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
