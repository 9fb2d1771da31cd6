// When a call ends before its answer: by the caller's signal or by time. Never by another call.
import { ClientError, refusal } from "./client-error.js";

/** Ends one call. */
export interface CallEnd {
  /** For `fetch`; undefined when nothing can end the call. */
  readonly signal: AbortSignal | undefined;
  /** The work's own outcome, or a rejection as soon as the call has ended, whether or not the work looks at the signal. */
  race<T>(work: Promise<T>): Promise<T>;
  /** What a failure of the call was: the caller's abort, the time-out, or undefined for neither. */
  reason(): ClientError | undefined;
}

/** Throws `request_invalid` for a time that is none. */
export function callEnd(url: string, caller: AbortSignal | undefined, timeoutMs: number | undefined): CallEnd {
  const timer = timeoutMs === undefined ? undefined : AbortSignal.timeout(checkedTime(timeoutMs));
  const signals = [caller, timer].filter((signal) => signal !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  const reason = (): ClientError | undefined => {
    if (caller?.aborted === true) {
      return new ClientError({
        status: 0,
        code: "aborted",
        message: "The call was aborted.",
        url,
        cause: caller.reason,
      });
    }
    if (timer?.aborted === true) {
      const message = `No complete answer from ${url} within ${timeoutMs} ms.`;
      return new ClientError({ status: 0, code: "timed_out", message, url, cause: timer.reason });
    }
    return undefined;
  };
  return { signal, reason, race: (work) => (signal === undefined ? work : raceSignal(work, signal)) };
}

function checkedTime(timeoutMs: number): number {
  // The longest time that timers keep: 2^31 - 1 ms, 24 days.
  if (Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  throw refusal("request_invalid", "timeoutMs is a whole number of milliseconds, at least 1.");
}

function raceSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((settle, fail) => {
    const end = (): void => fail(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    void work.then(settle, fail).finally(() => signal.removeEventListener("abort", end));
  });
}
