import { isNnUNetError } from '@nnunet/errors';
import fc from 'fast-check';
import { deflateSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { encodeNpy } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';

const arrays = {
  data: { data: Float32Array.from({ length: 24 }, (_, i) => i / 7), shape: [2, 3, 4], dtype: 'float32' },
  softmax: { data: Float32Array.of(0.5, 0.25), shape: [2], dtype: 'float16' },
  'w.conv.0': { data: Uint8Array.of(1, 0, 1), shape: [3, 1], dtype: 'bool' },
} as const;

async function tagOf(bytes: Uint8Array, maxBytes?: number): Promise<string> {
  try {
    await readNpz(bytes, { where: 'x.npz', maxBytes });
    return 'read';
  } catch (error) {
    return isNnUNetError(error) && error.where?.startsWith('x.npz') ? error.tag : `untyped: ${error}`;
  }
}

/** The same archive in zip64: what it says of sizes and places stands in its further fields alone. */
function inZip64(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset);
  const end = zip.length - 22;
  const [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  const parts: Uint8Array[] = [zip.subarray(0, start)];
  const record = (bytes: number, fill: (view: DataView) => void) => {
    const part = new Uint8Array(bytes);
    fill(new DataView(part.buffer));
    parts.push(part);
  };
  let length = 0;
  for (let i = 0, at = start; i < count; i++) {
    const named = 46 + view.getUint16(at + 28, true);
    const head = zip.slice(at, at + named);
    const changed = new DataView(head.buffer);
    for (const field of [20, 24, 42]) changed.setUint32(field, 0xffffffff, true);
    changed.setUint16(30, 9 + 28, true);
    parts.push(head);
    // Another field goes before it.
    record(9 + 28, (extra) => {
      extra.setUint16(0, 0x5455, true);
      extra.setUint16(2, 5, true);
      extra.setUint16(9, 1, true);
      extra.setUint16(11, 24, true);
      for (const [k, field] of [24, 20, 42].entries())
        extra.setBigUint64(13 + 8 * k, BigInt(view.getUint32(at + field, true)), true);
    });
    length += named + 37;
    at += named + view.getUint16(at + 30, true);
  }
  record(56, (end64) => {
    end64.setUint32(0, 0x06064b50, true);
    end64.setBigUint64(4, 44n, true);
    for (const at of [24, 32]) end64.setBigUint64(at, BigInt(count), true);
    end64.setBigUint64(40, BigInt(length), true);
    end64.setBigUint64(48, BigInt(start), true);
  });
  record(20, (locator) => {
    locator.setUint32(0, 0x07064b50, true);
    locator.setBigUint64(8, BigInt(start + length), true);
    locator.setUint32(16, 1, true);
  });
  record(22, (last) => {
    last.setUint32(0, 0x06054b50, true);
    for (const at of [8, 10]) last.setUint16(at, 0xffff, true);
    for (const at of [12, 16]) last.setUint32(at, 0xffffffff, true);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

it('computes the published check value of CRC-32', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  const text = new TextEncoder().encode('123456789');
  expect(crc32(text.subarray(5), crc32(text.subarray(0, 5)))).toBe(0xcbf43926);
});

describe('npz', () => {
  it('comes back with names, shapes, types', async () => {
    const read = await readNpz(await writeNpz(arrays));
    expect(Object.fromEntries(read)).toEqual(arrays);
  });

  it('gives the same bytes each time', async () => {
    expect(await writeNpz(arrays)).toEqual(await writeNpz(arrays));
  });

  it("reads another writer's archives, deflated and stored", async () => {
    for (const level of [0, 9] as const) {
      const zip = zipSync({ 'data.npy': encodeNpy(arrays.data), 'notes.txt': new Uint8Array(3) }, { level });
      const read = await readNpz(zip);
      expect([...read.keys()]).toEqual(['data']);
      expect(read.get('data')).toEqual(arrays.data);
    }
  });

  it('reads zip64', async () => {
    const two = { 'data.npy': encodeNpy(arrays.data), 'w.conv.0.npy': encodeNpy(arrays['w.conv.0']) };
    for (const level of [0, 9] as const) {
      const zip = inZip64(zipSync(two, { level }));
      const { data, 'w.conv.0': weight } = arrays;
      expect(Object.fromEntries(await readNpz(zip))).toEqual({ data, 'w.conv.0': weight });
      // The end's place of zip64, moved by one byte, and a zip64 field that is cut short.
      const moved = zip.slice();
      moved[zip.length - 22 - 12]! ^= 1;
      expect(await tagOf(moved)).toBe('bad-zip');
      const short = zip.slice();
      new DataView(short.buffer).setUint16(zip.length - 98 - 26, 16, true);
      expect(await tagOf(short)).toBe('bad-zip');
    }
  });

  it('refuses damage and bombs', async () => {
    const good = await writeNpz(arrays);
    expect(await tagOf(good)).toBe('read');
    expect(await tagOf(good.subarray(0, good.length - 30))).toBe('bad-zip');
    expect(await tagOf(good.subarray(40))).toBe('bad-zip');
    expect(await tagOf(new Uint8Array())).toBe('bad-zip');
    expect(await tagOf(good, 200)).toBe('bad-zip');
    const flipped = good.slice();
    flipped[70]! ^= 0x55;
    expect(await tagOf(flipped)).toBe('bad-zip');
  });

  it('refuses a size that the compressed bytes cannot have', async () => {
    const zip = zipSync({ 'a.npy': encodeNpy(arrays.data) });
    const at = zip.length - 22 - 46 - 5;
    new DataView(zip.buffer, zip.byteOffset).setUint32(at + 24, 3_000_000_000, true);
    expect(await tagOf(zip)).toBe('bad-zip');
  });

  it('notices content longer than it says', async () => {
    const npy = encodeNpy(arrays.data);
    const zip = zipSync({ 'a.npy': npy });
    expect(deflateSync(npy).length).toBeLessThan(npy.length);
    new DataView(zip.buffer, zip.byteOffset).setUint32(zip.length - 22 - 46 - 5 + 24, npy.length - 4, true);
    expect(await tagOf(zip)).toBe('bad-zip');
  });

  it('answers any damage with a typed error', async () => {
    const good = await writeNpz(arrays);
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(good.length), async (changes, length) => {
        const bytes = good.slice(0, length < good.length / 2 ? good.length : length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(['read', 'bad-zip', 'bad-npy']).toContain(await tagOf(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
