/// Last request wins: a later one takes the place of one that waits or is under way.
/// With `wait` 0 the first goes out at once, so that a slider shows what it does without delay;
/// those that come while it is under way give it `PATIENCE` to end before the last of them goes out.
const PATIENCE = 40;

export function latest<A, R>(
  work: (asked: A, signal: AbortSignal) => Promise<R>,
  done: (answer: R) => void,
  failed: (error: unknown) => void,
  wait = 0,
): { ask: (asked: A) => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;
  let next: { asked: A } | undefined;

  const begin = async (asked: A) => {
    running?.abort();
    clearTimeout(timer);
    next = undefined;
    const mine = (running = new AbortController());
    try {
      const answer = await work(asked, mine.signal);
      if (!mine.signal.aborted) done(answer);
    } catch (error) {
      if (!mine.signal.aborted) failed(error);
    }
    if (running !== mine) return;
    running = undefined;
    const after = next as { asked: A } | undefined;
    if (after && wait === 0) void begin(after.asked);
  };
  const stop = () => {
    clearTimeout(timer);
    next = undefined;
    running?.abort();
    running = undefined;
  };
  return {
    stop,
    ask(asked) {
      if (wait > 0) stop();
      else if (!running) return void begin(asked);
      next = { asked };
      clearTimeout(timer);
      timer = setTimeout(() => void begin(asked), wait || PATIENCE);
    },
  };
}
