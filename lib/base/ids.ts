// Time-ordered identifiers: UUID v7 as 32 characters of [0-9a-f], which is a legal database name too.
import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";
import type { Clock } from "./clock.js";

/** Gives a new identifier at each call, each greater than the one before. */
export type IdGenerator = () => string;

/** Where randomness comes from; tests replay a seed through it. */
export type RandomBytes = (size: number) => Uint8Array;

// A call to the system costs 5 µs whatever its size: 256 ids share one.
const poolBytes = 4_096;

/** The system's source of randomness, drawn ahead. Gives each byte once, and keeps none that it has given. */
function pooledRandom(): RandomBytes {
  const pool = new Uint8Array(poolBytes);
  let next = poolBytes;
  return (size) => {
    if (next + size > poolBytes) {
      randomFillSync(pool);
      next = 0;
    }
    const bytes = pool.slice(next, next + size);
    pool.fill(0, next, next + size);
    next += size;
    return bytes;
  };
}

// RFC 9562, method 1: the 12 bits after the milliseconds and the 20 after those count within one
// millisecond. Started at random below half its range, so that two processes differ and it cannot run out.
const sequenceStartBits = 31;

/** Ids stay in order even when the clock goes back: the last millisecond is kept until time has passed it. */
export function createIdGenerator(clock: Clock, random: RandomBytes = pooledRandom()): IdGenerator {
  let lastMs = -1;
  let sequence = 0;
  const id = Buffer.alloc(16);
  return () => {
    const bytes = random(16);
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12) >>> (32 - sequenceStartBits);
    } else {
      sequence += 1;
    }
    // Into bytes: the text that v7 gives would be pieced together of 20 and taken apart again.
    return v7({ msecs: lastMs, seq: sequence, random: bytes }, id).toString("hex");
  };
}
