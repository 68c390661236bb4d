import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { labelledBlobs } from './labelled-blobs.fixture.ts';
import { prepareTuningCase } from './tuning-cases.ts';

it('prepares a case as for a training: normalised image, labels, and where each class is', () => {
  const trainer = new nnUNetTrainerV2({ plans: tinyPlans([8, 8]), configuration: '2d', stage: 0, batchDice: true });
  const given = labelledBlobs(0);
  const { id, shape, data, seg, classLocations } = prepareTuningCase(given, trainer);
  expect([id, shape]).toEqual(['case_0', [12, 14, 13]]);
  // Already at the spacing of the plans.
  expect([...seg]).toEqual(Array.from(given.labels.data, Number));
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  expect(data).toHaveLength(12 * 14 * 13);
  expect(mean).toBeCloseTo(0, 5);
  expect(variance).toBeCloseTo(1, 4);
  for (const label of [1, 2]) {
    const voxels = classLocations!.get(label)!;
    expect(voxels.length / 3).toBe(seg.filter((value) => value === label).length);
    const [z, y, x] = voxels as unknown as [number, number, number];
    expect(seg[(z * 14 + y) * 13 + x]).toBe(label);
  }
});
