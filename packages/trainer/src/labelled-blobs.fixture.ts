import { counterRandom } from '@nnunet/tensor';
import type { LabelledCase } from './tuning-cases.ts';

/** An image of 12 x 14 x 13 voxels with a bright and a brighter blob, labels 1 and 2. */
export function labelledBlobs(number: number): LabelledCase {
  const labels = new Uint8Array(12 * 14 * 13);
  const data = counterRandom(number, 'blobs').fillNormal(new Float32Array(labels.length), 0.2);
  for (let i = 0; i < labels.length; i++) {
    const [z, y, x] = [Math.floor(i / 182), Math.floor(i / 13) % 14, i % 13];
    const distance = (z - 6) ** 2 + (y - 6 - number) ** 2 + (x - 6) ** 2;
    labels[i] = distance < 7 ? 2 : distance < 25 ? 1 : 0;
    data[i]! += labels[i]!;
  }
  const geometry = {
    shape: [12, 14, 13] as const,
    spacing: [1, 1, 1] as const,
    origin: [0, 0, 0] as const,
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  return { id: `case_${number}`, images: [{ data, ...geometry }], labels: { data: labels, ...geometry } };
}
