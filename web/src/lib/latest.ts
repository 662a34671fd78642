/// Last request wins: a call waits a moment, and a later one takes its place.
export function latest<A, R>(
  work: (asked: A, signal: AbortSignal) => Promise<R>,
  done: (answer: R) => void,
  failed: (error: unknown) => void,
  wait = 40,
): { ask: (asked: A) => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;
  const stop = () => {
    clearTimeout(timer);
    running?.abort();
  };
  return {
    stop,
    ask(asked) {
      stop();
      timer = setTimeout(async () => {
        const mine = (running = new AbortController());
        try {
          const answer = await work(asked, mine.signal);
          if (!mine.signal.aborted) done(answer);
        } catch (error) {
          if (!mine.signal.aborted) failed(error);
        }
      }, wait);
    },
  };
}
