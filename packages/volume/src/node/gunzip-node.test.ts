import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { gunzipNode } from './gunzip-node.ts';

// Of three of zlib's pieces, and no repetition that a piece too many or too few would hide.
const content = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * i) >> 7);
const packed = gzipSync(content);

async function inflated(...parts: (Uint8Array | string)[]): Promise<Buffer> {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  const pieces: Uint8Array[] = [];
  for await (const piece of gunzipNode(bytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The compressed data with a header that has every optional field: extra bytes, name, comment, and the check sum of these. */
function fullHeader(): Buffer {
  const header = Buffer.from('\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x03\0abcname.nii\0a comment\0', 'latin1');
  return Buffer.concat([header, Uint8Array.of(0x26, 0x44), packed.subarray(10)]);
}

it.each<[string, (Uint8Array | string)[]]>([
  ['nothing', []],
  ['text', ['garbage']],
  ['zeros', ['\0'.repeat(600)]],
  ['half a gzip mark', ['\x1f']],
])('passes over what follows the compressed data: %s', async (_, tail) => {
  expect((await inflated(packed, ...tail)).equals(content)).toBe(true);
});

it('finds the end behind a header with every optional field', async () => {
  expect((await inflated(fullHeader(), 'garbage')).equals(content)).toBe(true);
});

it('finds the end behind each optional field by itself, of any length', async () => {
  const head = (flags: number) => Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3);
  const extra = Buffer.concat([Uint8Array.of(0x2c, 0x02), Buffer.alloc(556, 1)]);
  const fields: [flags: number, bytes: Uint8Array][] = [
    [0, Uint8Array.of()],
    [4, extra],
    [8, Buffer.from('name.nii\0')],
    [16, Buffer.from('a comment\0')],
    [24, Buffer.from('name.nii\0a comment\0')],
  ];
  for (const [flags, bytes] of fields) {
    expect((await inflated(head(flags), bytes, packed.subarray(10), 'garbage')).equals(content)).toBe(true);
  }
});

it('takes several members as one, and passes over what follows the last', async () => {
  const twice = await inflated(packed, gzipSync('more'), 'garbage');
  expect(twice.length).toBe(2_500_004);
  expect(twice.subarray(2_500_000).toString()).toBe('more');
});

it('refuses compressed data that is cut off or damaged, whatever follows it', async () => {
  await expect(inflated(packed.subarray(0, -9))).rejects.toThrow('unexpected end');
  await expect(inflated(packed, packed.subarray(0, -9))).rejects.toThrow('unexpected end');
  await expect(inflated(packed, '\x1f\x8bxx')).rejects.toThrow('unknown compression method');
  const wrong = Uint8Array.from(packed);
  wrong[wrong.length - 6]! ^= 255;
  for (const tail of ['', 'garbage']) await expect(inflated(wrong, tail)).rejects.toThrow('incorrect data check');
});
