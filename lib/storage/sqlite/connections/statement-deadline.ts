// Stops a statement that runs for too long. One timer stands for all statements of a connection: to set and clear one for
// each cost more than anything else on the way of a quick read.

// Long against the start of a queued statement, short for whoever waits for the end of it.
const repeatMs = 10;

export class StatementDeadline {
  readonly #stop: () => void;
  /** When what runs is to be stopped, by `performance.now`; infinite while nothing runs against the time. */
  #endsAt = Infinity;
  #isPast = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** `stop` is called when the time is over, and again until {@link lift}: an interrupt that comes too early is lost. */
  constructor(stop: () => void) {
    this.#stop = stop;
  }

  /** Counts from now on. Called again before {@link lift} it changes nothing. */
  start(ms: number): void {
    if (this.#endsAt !== Infinity) return;
    this.#endsAt = performance.now() + ms;
    if (this.#timerAt > this.#endsAt) this.#setTimer(ms);
  }

  /** The end of what ran; whether it was past its time. */
  lift(): boolean {
    const isPast = this.#isPast;
    this.#endsAt = Infinity;
    this.#isPast = false;
    return isPast;
  }

  /** Nothing will run any more: the timer would keep the connection in memory. */
  end(): void {
    this.lift();
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  #setTimer(ms: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = performance.now() + ms;
    // What runs keeps the process alive by itself.
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  /** The statement for which the timer was set may have ended long ago. */
  #look(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    if (this.#endsAt === Infinity) return;
    const leftMs = this.#endsAt - performance.now();
    if (leftMs > 0) {
      // Rounded up: a timer may come a fraction of a millisecond early, again and again.
      this.#setTimer(Math.ceil(leftMs));
      return;
    }
    this.#isPast = true;
    this.#stop();
    this.#setTimer(repeatMs);
  }
}
