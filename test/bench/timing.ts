// The clock of the measurements.

/** When it is enough: after so many calls, and not before so many milliseconds. */
export interface Enough {
  readonly calls: number;
  /** Default 0: fast and slow variants make as many calls. */
  readonly ms?: number;
}

/** Microseconds per call of calls by so many callers, each of whom waits for one before it makes the next. */
export async function timeCalls(
  { calls, ms = 0 }: Enough,
  callers: number,
  call: (index: number, caller: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const until = performance.now() + ms;
  const run = async (_: unknown, caller: number): Promise<void> => {
    while (next < calls || performance.now() < until) await call(next++, caller);
  };
  const elapsed = await timeOnce(() => Promise.all(Array.from({ length: callers }, run)));
  return elapsed / next;
}

/** Microseconds of each call, one after the other, as long as more are wanted. */
export async function timeEach(
  isEnough: (made: number) => boolean,
  call: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  while (!isEnough(times.length)) times.push(await timeOnce(() => call(times.length)));
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

/** The middle value; between the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
