import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { imageFormats, readImage } from './image-formats.ts';

const fixture = fileURLToPath(new URL('../../fixtures/int16.gipl', import.meta.url));
const temporary = temporaryFolder();

// Written by SimpleITK, which reads it so; GIPL stores no direction.
it('reads GIPL', async () => {
  expect(await readImage(fixture)).toMatchObject({
    shape: [2, 3, 4],
    spacing: [3, 0.75, 0.5],
    origin: [1, -2, 30],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    data: Int16Array.from({ length: 24 }, (_, i) => 7 * i - 30),
  });
});

it('writes label maps as GIPL', async () => {
  const formats = shippedFormats.with(...imageFormats);
  const { data: _, ...geometry } = await readImage(fixture);
  const path = join(temporary, 'labels.gipl');
  const data = Uint8Array.from({ length: 24 }, (_, i) => i % 3);
  await writeVolume(path, { ...geometry, data }, formats);
  expect(await readLabels(path, formats)).toMatchObject({ shape: [2, 3, 4], spacing: [3, 0.75, 0.5], data });
});

it('refuses GIPL that is cut off', async () => {
  const path = join(temporary, 'cut.gipl');
  for (const length of [0, 100, 260, 290]) {
    writeFileSync(path, readFileSync(fixture).subarray(0, length));
    const error = await readImage(path).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'bad-image'), `${length}: ${error}`).toBe(true);
  }
});
