/** A binary volume (z, y, x) with 32 voxels of a row per word, lowest bit first. Bits past the end of a row are 0. */
export interface BitVolume {
  words: Uint32Array;
  shape: readonly [number, number, number];
  /** Words per row. */
  rowWords: number;
}

/** Offsets (z, y) of a row of a structuring element, and the range [from, to] of its x offsets. */
export interface ElementRow {
  z: number;
  y: number;
  from: number;
  to: number;
}

/** Packs nonzero voxels as bits. */
export function packBits(values: ArrayLike<number>, shape: readonly number[]): BitVolume {
  const volume = emptyLike(shape);
  const n2 = shape[2]!;
  for (let row = 0, at = 0; at < values.length; row++) {
    for (let x = 0; x < n2; x++, at++) {
      if (values[at] !== 0) volume.words[row * volume.rowWords + (x >>> 5)]! |= 1 << (x & 31);
    }
  }
  return volume;
}

/** Whether voxel x of row z·n1 + y is set. */
export function bitAt(volume: BitVolume, row: number, x: number): boolean {
  return ((volume.words[row * volume.rowWords + (x >>> 5)]! >>> (x & 31)) & 1) === 1;
}

/** Dilates: out(p) = OR over the element's offsets o of volume(p − o); 0 outside. */
export function dilateBits(volume: BitVolume, element: readonly ElementRow[]): BitVolume {
  const out = emptyLike(volume.shape);
  const [n0, n1] = volume.shape;
  const width = volume.rowWords;
  const runs = new Map<string, ElementRow[]>();
  for (const row of element) {
    const key = `${row.from},${row.to}`;
    runs.set(key, [...(runs.get(key) ?? []), row]);
  }
  for (const rows of runs.values()) {
    const spread = spreadRows(volume, rows[0]!.from, rows[0]!.to);
    for (const { z: dz, y: dy } of rows) {
      for (let z = Math.max(0, dz); z < Math.min(n0, n0 + dz); z++) {
        const first = Math.max(0, dy);
        const count = (Math.min(n1, n1 + dy) - first) * width;
        const to = (z * n1 + first) * width;
        const from = ((z - dz) * n1 + first - dy) * width;
        for (let k = 0; k < count; k++) out.words[to + k]! |= spread[from + k]!;
      }
    }
  }
  return out;
}

/** Erodes: out(p) = AND over the element's offsets o of volume(p + o); 1 outside. */
export function erodeBits(volume: BitVolume, element: readonly ElementRow[]): BitVolume {
  const reflected = element.map(({ z, y, from, to }) => ({ z: -z, y: -y, from: -to, to: -from }));
  return complement(dilateBits(complement(volume), reflected));
}

function emptyLike(shape: readonly number[]): BitVolume {
  const [n0, n1, n2] = shape as [number, number, number];
  const rowWords = Math.ceil(n2 / 32);
  return { words: new Uint32Array(n0 * n1 * rowWords), shape: [n0, n1, n2], rowWords };
}

function complement(volume: BitVolume): BitVolume {
  const out = emptyLike(volume.shape);
  const tail = lastWordMask(volume.shape[2]);
  for (let i = 0; i < out.words.length; i++) {
    const whole = (i + 1) % volume.rowWords === 0 ? tail : 0xffffffff;
    out.words[i] = ~volume.words[i]! & whole;
  }
  return out;
}

function lastWordMask(n: number): number {
  const bits = n & 31;
  return bits === 0 ? 0xffffffff : (1 << bits) - 1;
}

/** ORs every row with copies of itself shifted by `from` to `to` voxels along x. */
function spreadRows(volume: BitVolume, from: number, to: number): Uint32Array {
  const { words, rowWords } = volume;
  const out = new Uint32Array(words.length);
  const tail = lastWordMask(volume.shape[2]);
  for (let offset = from; offset <= to; offset++) {
    const jump = offset >> 5;
    const bits = offset & 31;
    for (let row = 0; row < words.length; row += rowWords) {
      for (let k = 0; k < rowWords; k++) {
        const low = k - jump - 1;
        const high = k - jump;
        let word = high >= 0 && high < rowWords ? words[row + high]! << bits : 0;
        if (bits > 0 && low >= 0 && low < rowWords) word |= words[row + low]! >>> (32 - bits);
        out[row + k]! |= word;
      }
      out[row + rowWords - 1]! &= tail;
    }
  }
  return out;
}
