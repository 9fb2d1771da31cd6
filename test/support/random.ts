// Random numbers that can be had again: a test prints its seed.

/** Numbers from 0 (included) to 1 (excluded), the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The seed of this run: `TEST_SEED`, else a new one. Printed, so that a failure can be had again. */
export function testSeed(test: string): number {
  const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000_000);
  console.log(`${test}: TEST_SEED=${seed}`);
  return seed;
}
