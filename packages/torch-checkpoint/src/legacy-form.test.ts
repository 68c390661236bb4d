import { describe, expect, it } from 'vitest';
import { openTorchCheckpoint } from './open-torch-checkpoint.ts';
import { bytesSource } from './range-source.ts';
import type { TorchTensor } from './torch-tensor.ts';

const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const u32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const pickle = (code: string) => `\x80\x02${code}.`;
const text = (value: string) => `X${u32(value.length)}${value}`;
const storage = (key: string, size = 3) =>
  `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}K${String.fromCharCode(size)}NtQ`;
const tensor = (key: string) => `ctorch._utils\n_rebuild_tensor_v2\n(${storage(key)}K\x00K\x03\x85K\x01\x85\x89}tR`;

interface Parts {
  magic?: string;
  version?: string;
  platform?: string;
  value?: string;
  keys?: string;
  /** Elements of each storage, as the file counts them. */
  counts?: number[];
}

/** A file of two storages of three floats, that hold 1, 2, 3 and 4, 5, 6. */
function file(parts: Parts = {}): Uint8Array {
  const {
    magic = '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19',
    version = 'M\xe9\x03',
    platform = '}',
    value = `(${tensor('a')}${tensor('b')}t`,
    keys = `](${text('a')}${text('b')}e`,
    counts = [3, 3],
  } = parts;
  const head = latin1([magic, version, platform, value, keys].map(pickle).join(''));
  const storages = counts.map((count, i) => {
    const bytes = new Uint8Array(8 + 12);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(count), true);
    bytes.set(new Uint8Array(Float32Array.of(3 * i + 1, 3 * i + 2, 3 * i + 3).buffer), 8);
    return bytes;
  });
  return Uint8Array.from([head, ...storages].flatMap((bytes) => [...bytes]));
}

async function numbers(bytes: Uint8Array): Promise<number[][]> {
  const { form, value } = await openTorchCheckpoint(bytesSource(bytes, 'x.pth'));
  expect(form).toBe('legacy');
  return Promise.all((value as TorchTensor[]).map(async (t) => Array.from(await t.read(), Number)));
}

describe('the older form', () => {
  it('holds its storages one after the other', async () => {
    expect(await numbers(file())).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const swapped = file({ keys: `](${text('b')}${text('a')}e` });
    expect(await numbers(swapped)).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ]);
  });

  it('may have a head that is longer than what is read first', async () => {
    const long = `(${tensor('a')}${tensor('b')}${text('x'.repeat(300_000))}0t`;
    expect(await numbers(file({ value: long }))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it.each<[what: string, parts: Parts, message: RegExp]>([
    ['another number first', { magic: 'K\x05' }, /does not start with PyTorch's number/],
    ['another version', { version: 'M\xea\x03' }, /unknown version 1002/],
    ['no word on the machine', { platform: 'N' }, /says nothing about the machine/],
    ['no list of storages', { keys: 'N' }, /no list of its storages/],
    ['keys that are not texts', { keys: ']K\x01a' }, /no list of its storages/],
    ['a storage twice', { keys: `](${text('a')}${text('a')}e` }, /lists a storage twice/],
    ['an unknown storage', { keys: `](${text('a')}${text('c')}e` }, /a storage c that no tensor has/],
    ['a storage less', { keys: `](${text('a')}e`, counts: [3] }, /holds 1 of its 2 storages/],
    ['other elements', { counts: [3, 4] }, /its storage b has 4 elements instead of 3/],
  ])('is refused with %s', async (_, parts, message) => {
    await expect(numbers(file(parts))).rejects.toThrow(message);
  });

  it('is refused where it is cut off, by one byte too', async () => {
    const bytes = file();
    await expect(numbers(bytes.subarray(0, -1))).rejects.toThrow('x.pth: is cut off: it ends within storage b');
    await expect(numbers(bytes.subarray(0, -13))).rejects.toThrow('x.pth: is cut off: it ends at byte');
    await expect(numbers(bytes.subarray(0, 3))).rejects.toThrow('not written by torch.save');
    await expect(numbers(new Uint8Array())).rejects.toThrow('not written by torch.save');
  });
});
