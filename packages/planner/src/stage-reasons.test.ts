import type { Fingerprint, StagePlans } from '@nnunet/schema';
import { expect, it } from 'vitest';
import { ExperimentPlanner2D_v21 } from './planner-2d.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { StageDecision } from './planner-base.ts';
import { explainLowres, explainStage } from './stage-reasons.ts';

const fingerprint: Fingerprint = {
  all_sizes: [[64, 64, 64]],
  all_spacings: [[1, 1, 1]],
  all_classes: [1],
  modalities: { '0': 'T1' },
  intensityproperties: null,
  size_reductions: { a: 1 },
};

const stage: StagePlans = {
  batch_size: 6,
  num_pool_per_axis: [1, 2, 3],
  patch_size: [30, 64, 40],
  median_patient_size_in_voxels: [60, 64, 64],
  current_spacing: [3, 1, 1.5],
  original_spacing: [3, 1, 1.5],
  do_dummy_2D_data_aug: false,
  pool_op_kernel_sizes: [],
  conv_kernel_sizes: [],
};

/** A planner that decided so. */
class Decided extends ExperimentPlanner3D_v21 {
  decision: Partial<StageDecision> | undefined = {};
  override decisionOf(): StageDecision | undefined {
    if (this.decision === undefined) return undefined;
    const usual = { firstPatch: [60, 64, 64], firstEstimate: 30, estimate: 9, memoryLimit: 10 };
    return { ...usual, batchByMemory: 6, batchByDataset: 20, ...this.decision };
  }
}

function reasons(decision: Partial<StageDecision> | undefined, asked = stage, planned = [stage]): string[] {
  const planner = new Decided(fingerprint);
  planner.decision = decision;
  return explainStage(asked, planner, planned);
}

it.each<[Partial<StageDecision>, number, string]>([
  [
    { batchByMemory: 6, batchByDataset: 20 },
    6,
    'as many patches as the memory target allows. The limit of 5 % of the dataset would allow 20.',
  ],
  [
    { batchByMemory: 6, batchByDataset: 6 },
    6,
    'as many patches as the memory target allows. The limit of 5 % of the dataset would allow 6.',
  ],
  [
    { batchByMemory: 3, batchByDataset: 20 },
    3,
    'as many patches as the memory target allows. The limit of 5 % of the dataset would allow 20.',
  ],
  [
    { batchByMemory: 2, batchByDataset: 20 },
    2,
    'the memory target; the patch was fitted to it at this smallest batch.',
  ],
  [{ batchByMemory: 2, batchByDataset: 2 }, 2, 'the memory target; the patch was fitted to it at this smallest batch.'],
  [
    { batchByMemory: 9, batchByDataset: 6 },
    6,
    'a batch contains at most 5 % of the voxels of all cases. Memory would allow 9.',
  ],
  [
    { batchByMemory: 9, batchByDataset: 1 },
    2,
    'the smallest allowed. The dataset is so small that 5 % of its voxels would be fewer patches; memory would allow 9.',
  ],
])('says by %j why a batch is of %i', (decision, batch, why) => {
  const own = { ...stage, batch_size: batch };
  expect(reasons(decision, own, [own])[2]).toBe(`  Why batch ${batch}: ${why}`);
});

it('says how much too large the first patch was', () => {
  const patch = (decision: Partial<StageDecision>) => reasons(decision)[0];
  const cut = (times: string) =>
    `  Why this patch: the memory target. A patch of 60 x 64 x 64 would take ${times} times the memory allowed, so it was ` +
    'reduced step by step, each time along the axis along which the patch covers the largest part of the median case.';
  expect(patch({})).toBe(cut('3.0'));
  expect(patch({ firstEstimate: 98.7 })).toBe(cut('9.9'));
  expect(patch({ firstEstimate: 100 })).toBe(cut('10'));
  expect(patch({ firstPatch: [30, 64, 40] })).toBe(
    '  Why this patch: the whole median case fits the memory target, so it was not reduced (edges are rounded up to be divisible by the poolings).',
  );
});

it('says of each axis why it is pooled no further', () => {
  // 30, 64 and 40 voxels become 15, 16 and 5, of 6, 4 and 12 mm.
  expect(reasons({})[1]).toBe(
    '  Why these poolings: axis 0 1 time, down to 15 voxels: it is still 1.5 times coarser than the finest axis, which ' +
      'cannot be pooled further; axis 1 2 times, down to 16 voxels: it is still 1.0 times coarser than the finest axis, ' +
      'which cannot be pooled further; axis 2 3 times, down to 5 voxels (not below 4).',
  );
  const edge = (voxels: number) => reasons({}, { ...stage, patch_size: [voxels, 64, 40] })[1]!.split(';')[0];
  // Half of 15 voxels are padded to 8, which could be halved; half of 14 are 7.
  expect(edge(15)).toContain('axis 0 1 time, down to 8 voxels: it is');
  expect(edge(14)).toContain('axis 0 1 time, down to 7 voxels (not below 4)');
  const planner = new Decided(fingerprint);
  planner.maxPoolings = 2;
  const lines = explainStage(stage, planner, [stage]);
  expect(lines[1]).toContain('; axis 1 2 times, the maximum; axis 2 3 times, down to 5 voxels (not below 4).');
  expect(lines[1]).toContain('axis 0 1 time, down to 15 voxels: it is');
});

it('says what was changed by hand, and what the planner does not plan', () => {
  const patch = { ...stage, patch_size: [28, 64, 40] };
  expect(reasons({}, patch)[0]).toBe('  The patch was changed by hand: Decided plans 30 x 64 x 40.');
  expect(reasons({}, patch)).toHaveLength(2);
  expect(reasons({}, { ...stage, batch_size: 5 })[2]).toBe('  The batch was changed by hand: Decided plans 6.');
  const unknown = ['  Decided does not plan this stage itself, so the reasons are unknown.'];
  expect(reasons({}, { ...stage, current_spacing: [3, 1, 2] })).toEqual(unknown);
  expect(reasons(undefined)).toEqual(unknown);
});

it('says why there is a cascade, or none', () => {
  const planner = new ExperimentPlanner3D_v21(fingerprint);
  // 60 x 64 x 64 voxels are 3.2 times 30 x 64 x 40.
  const found = 'the median case has 3.2 times as many voxels as a full resolution patch';
  const two = [stage, stage];
  const choose = (choice: typeof planner.lowresChoice, stages = [stage]) => {
    planner.lowresChoice = choice;
    return explainLowres(stages, planner);
  };
  expect(choose({ stage: null, because: 'shown-enough' })).toBe(`No cascade: ${found}, less than the threshold of 4.`);
  expect(choose({ stage: null, because: 'hardly-smaller' })).toContain(`No cascade: ${found}, but the low resolution`);
  expect(choose({ stage, because: 'needed' }, two)).toContain(`The cascade is planned: ${found} (the threshold is`);
  expect(choose(null)).toBe('No cascade: ExperimentPlanner3D_v21 never plans one.');
  const otherwise = 'ExperimentPlanner3D_v21 would decide differently with its own settings.';
  expect(choose({ stage, because: 'needed' })).toBe(`No cascade: ${found}. ${otherwise}`);
  expect(choose({ stage: null, because: 'shown-enough' }, two)).toBe(`The cascade is planned: ${found}. ${otherwise}`);
  expect(choose(null, two)).toBe(`The cascade is planned: ${found}. ${otherwise}`);
  for (const other of [null, new ExperimentPlanner2D_v21(fingerprint)]) {
    expect(explainLowres([stage], other)).toBe(`No cascade: ${found}.`);
    expect(explainLowres(two, other)).toBe(`The cascade is planned: ${found}.`);
  }
});
