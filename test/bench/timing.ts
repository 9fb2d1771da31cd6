// The clock of the measurements.

/** Microseconds per call of `count` calls by so many callers, each of whom waits for one before it makes the next. */
export async function timeCalls(
  count: number,
  callers: number,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  const elapsed = await timeOnce(() => Promise.all(Array.from({ length: callers }, caller)));
  return elapsed / count;
}

/** Microseconds of each call, one after the other, as long as more are wanted. */
export async function timeEach(isEnough: (made: number) => boolean, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  while (!isEnough(times.length)) times.push(await timeOnce(call));
  return times;
}

/** The time that so many of a hundred calls do not exceed: one that was measured (nearest rank). */
export function percentile(times: readonly number[], percent: number): number {
  const sorted = times.toSorted((left, right) => left - right);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1]!;
}

/** Microseconds of one piece of work. */
export async function timeOnce(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) * 1_000;
}
