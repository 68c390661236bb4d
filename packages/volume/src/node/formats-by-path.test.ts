import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { shippedFormats } from '../formats.ts';
import type { Volume } from '../volume.ts';
import { readGeometry, readLabels, readLabelValues, readVolume } from './read-volume.ts';
import { writeVolume } from './write-volume.ts';

const folder = temporaryFolder();
const geometry = {
  shape: [1, 1, 3] as const,
  spacing: [1, 2, 3] as const,
  origin: [4, 5, 6] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const volumeOf = (bytes: Uint8Array): Volume => ({ ...geometry, data: Float32Array.from(bytes) });

const formats = shippedFormats.with(
  {
    extensions: ['.bytes'],
    read: async (bytes, { where, inflate }) => {
      expect([where.endsWith('.bytes'), typeof inflate]).toEqual([true, 'function']);
      return volumeOf(bytes);
    },
  },
  {
    extensions: ['.labels', '.labels.gz'],
    read: async (bytes) => volumeOf(bytes),
    readLabels: async (bytes) => ({ ...geometry, data: bytes.map((v) => v + 100) }),
    write: async ({ data }) => Uint8Array.from(data as Float32Array, (v) => v + 1),
  },
  { extensions: ['.path'], readPath: async (path) => volumeOf(readFileSync(path)) },
  {
    extensions: ['.pathlabels'],
    readPath: async (path) => volumeOf(readFileSync(path)),
    readLabelsPath: async (path) => ({ ...geometry, data: readFileSync(path).map((v) => v + 100) }),
  },
  { extensions: ['.writing'], write: () => Uint8Array.of(1) },
);

function file(ending: string): string {
  const path = join(folder, `x.${ending}`);
  writeFileSync(path, Uint8Array.of(1, 2, 3));
  return path;
}

describe('formats of one’s own', () => {
  it.each([
    ['bytes', [1, 2, 3], [1, 2, 3]],
    ['labels', [1, 2, 3], [101, 102, 103]],
    ['path', [1, 2, 3], [1, 2, 3]],
    ['pathlabels', [1, 2, 3], [101, 102, 103]],
  ])('are read by bytes or by path, labels in their own way: %s', async (ending, image, labels) => {
    const path = file(ending);
    expect([...(await readVolume(path, formats)).data]).toEqual(image);
    expect([...(await readLabelValues(path, formats)).data]).toEqual(labels);
    expect([...(await readLabels(path, formats)).data]).toEqual(labels);
    expect(await readGeometry(path, formats)).toEqual(geometry);
  });

  it('are written, compressed by name', async () => {
    const path = join(folder, 'out.labels');
    await writeVolume(path, volumeOf(Uint8Array.of(7, 8, 9)), formats);
    expect([...readFileSync(path)]).toEqual([8, 9, 10]);
    await writeVolume(`${path}.GZ`, volumeOf(Uint8Array.of(7, 8, 9)), formats);
    expect([...gunzipSync(readFileSync(`${path}.GZ`))]).toEqual([8, 9, 10]);
  });

  it('say where they only read or only write', async () => {
    const only = { tag: 'unknown-format' };
    const [writing, bytes] = [file('writing'), file('bytes')];
    await expect(readVolume(writing, formats)).rejects.toMatchObject({
      ...only,
      where: writing,
      what: expect.stringMatching(/written but not read/),
    });
    await expect(readLabelValues(writing, formats)).rejects.toMatchObject(only);
    const written = writeVolume(bytes, volumeOf(Uint8Array.of(1, 2, 3)), formats);
    await expect(written).rejects.toMatchObject({
      ...only,
      where: bytes,
      what: expect.stringMatching(/read but not written/),
    });
    await writeVolume(writing, volumeOf(Uint8Array.of(1, 2, 3)), formats);
    expect([...readFileSync(writing)]).toEqual([1]);
  });
});
