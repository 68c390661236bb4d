/** Small seeded generator of 32-bit numbers (xorshift), so that failures can be reproduced. */
export function seededNumbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const LENGTHS = [0, 1, 0x7f, 0x80, 0xff, 0xfe];

/** Returns a damaged copy: bytes changed, removed, repeated or swapped, or the end cut off. */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededNumbers(seed);
  let out = Array.from(bytes);
  const changes = 1 + random(4);
  for (let i = 0; i < changes; i++) {
    const at = random(out.length);
    const kind = random(8);
    if (kind < 3) out[at] = random(256);
    else if (kind === 3) out[at]! ^= 1 << random(8);
    else if (kind === 4) out[at] = LENGTHS[random(LENGTHS.length)]!;
    else if (kind === 5) out.splice(at, 1 + random(8));
    else if (kind === 6) out.splice(at, 0, ...out.slice(random(out.length)).slice(0, 1 + random(16)));
    else if (random(3) === 0) out = out.slice(0, Math.max(1, at));
    else for (let k = at; k < Math.min(out.length, at + 8); k++) out[k] = 0xff;
  }
  return Uint8Array.from(out);
}
