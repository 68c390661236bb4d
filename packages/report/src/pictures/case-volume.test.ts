import { gunzipSync } from 'node:zlib';
import { counterRandom } from '@nnunet/tensor';
import { readNifti } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { encodeVolume } from './case-volume.ts';

const geometry = { spacing: [5, 1, 1], origin: [10, 20, 30], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
const inflate = async function* (bytes: Uint8Array) {
  yield gunzipSync(bytes);
};
const decoded = (base64: string) => readNifti(Buffer.from(base64, 'base64'), { inflate });

it('keeps a small volume whole, with 8 bits of intensity', async () => {
  const image = { ...geometry, shape: [1, 2, 3] as const, data: Float32Array.of(-100, 0, 50, 120, 150, 300) };
  const prediction = Uint8Array.of(0, 0, 1, 2, 2, 0);
  const entry = encodeVolume(image, { reference: null, prediction }, [0, 200], 10_000);
  expect(entry).toMatchObject({ reference: null, steps: [1, 1, 1] });
  const grey = await decoded(entry.image);
  expect([...grey.data]).toEqual([0, 0, 64, 153, 191, 255]);
  expect(grey).toMatchObject({ shape: [1, 2, 3], spacing: [5, 1, 1], origin: [10, 20, 30] });
  expect([...(await decoded(entry.prediction)).data]).toEqual([0, 0, 1, 2, 2, 0]);
});

it('makes a large volume coarser along its finest axes, until it fits', async () => {
  const shape = [10, 64, 64] as const;
  const data = counterRandom(1, 'noise').fillNormal(new Float32Array(10 * 64 * 64), 50);
  const labels = Uint8Array.from(data, (_, i) => (i % 64 < 32 ? 1 : 0));
  const entry = encodeVolume(
    { ...geometry, shape, data },
    { reference: labels, prediction: labels },
    [-100, 100],
    8000,
  );
  expect(entry.image.length + entry.reference!.length + entry.prediction.length).toBeLessThanOrEqual(8000);
  const [z, y, x] = entry.steps;
  expect(z).toBe(1);
  expect(Math.abs(y - x)).toBeLessThanOrEqual(1);
  expect(x).toBeGreaterThan(1);
  const grey = await decoded(entry.image);
  expect(grey.shape).toEqual([10, Math.ceil(64 / y), Math.ceil(64 / x)]);
  expect(grey.spacing).toEqual([5, y, x]);
  expect(grey.origin).toEqual([10 + (x - 1) / 2, 20 + (y - 1) / 2, 30]);
  // The last block whose voxels are all in the image: their mean, and the label near its centre.
  const [row, column] = [Math.floor(64 / y) - 1, Math.floor(64 / x) - 1];
  const block = Array.from({ length: y * x }, (_, i) => (row * y + Math.floor(i / x)) * 64 + column * x + (i % x));
  const mean = block.reduce((sum, i) => sum + data[i]!, 0) / block.length;
  const at = row * grey.shape[2] + column;
  expect(Math.abs(grey.data[at]! - ((mean + 100) * 255) / 200)).toBeLessThan(0.51);
  const map = await decoded(entry.prediction);
  expect(map.data[at]).toBe(0);
  expect(map.data[row * grey.shape[2]]).toBe(1);
});

it('keeps of each block the mean and the label in the middle', async () => {
  const shape = [1, 4, 4] as const;
  const image = { ...geometry, shape, data: Float32Array.from({ length: 16 }, (_, i) => 10 * i) };
  const prediction = new Uint8Array(16).fill(1);
  prediction[2 * 4 + 2] = 3;
  const entry = encodeVolume(image, { reference: null, prediction }, [0, 255], 0);
  expect(entry.steps).toEqual([1, 4, 4]);
  expect([...(await decoded(entry.image)).data]).toEqual([75]);
  expect([...(await decoded(entry.prediction)).data]).toEqual([3]);
});
