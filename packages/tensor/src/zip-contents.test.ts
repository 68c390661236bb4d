import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { concatenate } from './elements.ts';
import { zipChunks } from './zip.ts';
import { openZip } from './zip-contents.ts';

const content = new TextEncoder().encode('one two two two two two two');

/** An archive of one file, which says of itself what it is told to. */
function zipOf(method: 0 | 8, said: { size?: number; crc?: number } = {}): Uint8Array {
  const compressed = [method === 8 ? deflateRawSync(content) : content];
  return concatenate(
    zipChunks([{ name: 'a', method, crc: crc32(content), size: content.length, compressed, ...said }]),
  );
}
const open = async (bytes: Uint8Array, maxBytes = content.length) =>
  (await openZip(bytes, 'm.zip', maxBytes)).get('a')!();

it('gives the files of an archive, stored or deflated, up to the limit', async () => {
  for (const method of [0, 8] as const) expect(new Uint8Array(await open(zipOf(method)))).toEqual(content);
  await expect(open(zipOf(8), content.length - 1)).rejects.toThrow(
    'm.zip: inflates to more than the 26 bytes allowed\n  Allow more memory',
  );
});

it('refuses files of another size or checksum than the archive says', async () => {
  await expect(open(zipOf(8, { size: 26 }), 99)).rejects.toThrow(/^m\.zip: has a (damaged a|wrong checksum for a)/);
  await expect(open(zipOf(8, { size: 28 }), 99)).rejects.toThrow('m.zip: has a damaged a');
  for (const method of [0, 8] as const)
    await expect(open(zipOf(method, { crc: 1 }))).rejects.toThrow('m.zip: has a wrong checksum for a');
});
