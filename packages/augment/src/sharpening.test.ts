import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { sharpen } from './sharpening.ts';

it.each([
  [3, 4, 5],
  [1, 4, 3],
  [2, 1, 6],
])('takes the Laplacian of %i x %i x %i voxels away, within the old range', (n0, n1, n2) => {
  const channel = counterRandom('sharp').fillNormal(new Float32Array(n0 * n1 * n2));
  const before = channel.slice();
  sharpen(channel, [n0, n1, n2], { strength: 0.3, range: 'clipped' });
  const [low, high] = [Math.min(...before), Math.max(...before)];
  // 0 outside.
  const of = (z: number, y: number, x: number) =>
    z >= 0 && z < n0 && y >= 0 && y < n1 && x >= 0 && x < n2 ? before[(z * n1 + y) * n2 + x]! : 0;
  for (let i = 0; i < channel.length; i++) {
    const [z, y, x] = [Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2];
    let laplacian = 0;
    if (n0 > 1) laplacian += of(z - 1, y, x) - 2 * of(z, y, x) + of(z + 1, y, x);
    if (n1 > 1) laplacian += of(z, y - 1, x) - 2 * of(z, y, x) + of(z, y + 1, x);
    if (n2 > 1) laplacian += of(z, y, x - 1) - 2 * of(z, y, x) + of(z, y, x + 1);
    expect(channel[i]).toBeCloseTo(Math.min(Math.max(before[i]! - 0.3 * laplacian, low), high), 5);
  }
});
