/** A module of WebAssembly with one vector instruction. */
const VECTORS = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

/** Returns what the page needs and this browser does not have, in words. */
export function missingFeatures(): string[] {
  const needed: Readonly<Record<string, boolean>> = {
    'WebAssembly with vectors': typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(VECTORS)),
    workers: typeof Worker === 'function',
    decompression: typeof DecompressionStream === 'function',
  };
  return Object.keys(needed).filter((name) => !needed[name]);
}
