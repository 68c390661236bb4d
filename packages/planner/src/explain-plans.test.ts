import type { Fingerprint, Plans } from '@nnunet/schema';
import { expect, it } from 'vitest';
import { explainPlans } from './explain-plans.ts';
import { createPlanner } from './plan-experiment.ts';

function fingerprint(cases: number, size: number[], spacing: number[], modalities: string[]): Fingerprint {
  const all = <T>(value: T): T[] => Array.from({ length: cases }, () => value);
  return {
    all_sizes: all(size),
    all_spacings: all(spacing),
    all_classes: [1, 2],
    modalities: Object.fromEntries(modalities.map((name, i) => [String(i), name])),
    intensityproperties: null,
    size_reductions: Object.fromEntries(all(1).map((value, i) => [`case_${i}`, value])),
  };
}

interface Explained {
  planner?: string;
  /** Whether the planner tells its reasons. */
  reasons?: boolean;
  edit?: (plans: Plans) => void;
}

function explained(data: Fingerprint, { planner, reasons = true, edit }: Explained = {}): string[] {
  const own = createPlanner(data, { planner });
  const plans = structuredClone(own.plan());
  edit?.(plans);
  const text = explainPlans(plans, reasons ? own : null);
  expect(text).not.toMatch(/NaN|undefined/);
  expect(text.endsWith('.\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

const large = fingerprint(131, [432, 512, 512], [1, 0.7676, 0.7676], ['CT']);
const thick = {
  ...fingerprint(10, [320, 320, 20], [0.6, 0.6, 3.6], ['T2', 'ADC']),
  size_reductions: { a: 0.5, b: 0.6 },
};

it('says of a cascade what was planned and why', () => {
  const cut = (first: string, times: string) =>
    `  Why this patch: the memory target. A patch of ${first} would take ${times} times the memory allowed, so it was reduced ` +
    'step by step, each time along the axis along which the patch covers the largest part of the median case.';
  const network = [
    '  Network: 5 poolings (5, 5, 5 along the axes) down to 4 x 4 x 4, 32 features at first, 2 convolutions per resolution.',
  ];
  const rest = [
    '  Why these poolings: axis 0 5 times, down to 4 voxels (not below 4); axis 1 5 times, down to 4 voxels (not below 4); axis 2 5 times, down to 4 voxels (not below 4).',
    '  Why batch 2: the memory target; the patch was fitted to it at this smallest batch.',
  ];
  expect(explained(large)).toEqual([
    '131 cases, 1 modality (CT), 2 labels besides background; median size after cropping 432 x 512 x 512 voxels.',
    'Target spacing 1 x 0.7676 x 0.7676 mm (z, y, x): the median of the cases.',
    'Channel 0 (CT): intensities are clipped and standardised with the statistics of the foreground of all cases.',
    '3d_lowres: spacing 2.4004 x 1.8425 x 1.8425 mm, median case 180 x 213 x 213 voxels.',
    '  Patch 128 x 128 x 128, batch 2; a patch covers 26 % of a median case.',
    ...network,
    cut('192 x 224 x 224', '3.8'),
    ...rest,
    '3d_fullres: spacing 1 x 0.7676 x 0.7676 mm, median case 432 x 512 x 512 voxels.',
    '  Patch 128 x 128 x 128, batch 2; a patch covers 2 % of a median case.',
    ...network,
    cut('448 x 512 x 512', '46'),
    ...rest,
    'The cascade is planned: the median case has 54 times as many voxels as a full resolution patch (the threshold is 4). The low resolution is the finest at which a patch covers at least 1/4 of the median case.',
  ]);
});

it('names the regions that are learnt instead of labels', () => {
  const regions = [
    { name: 'whole', values: [1, 2] },
    { name: 'core', values: [2] },
  ];
  const [first] = explained({ ...large, regions, regions_class_order: [1, 2] });
  expect(first).toMatch(/^131 cases, 1 modality \(CT\), 2 regions \(whole, core\); median size /);
});

it('says of slices, reordered axes and flat kernels what was planned, without reasons', () => {
  const masked =
    'each case is standardised to mean 0 and standard deviation 1, within the nonzero voxels only, because cropping leaves 55 % of the median case (less than 75 %).';
  const first = [
    '10 cases, 2 modalities (T2, ADC), 2 labels besides background; median size after cropping 320 x 320 x 20 voxels.',
    'Target spacing 0.6 x 0.6 x 3.6 mm (z, y, x): the median of the cases.',
    'Axes are reordered to [2, 0, 1] so that the coarsest comes first. Everything below uses this order.',
    `Channel 0 (T2): ${masked}`,
    `Channel 1 (ADC): ${masked}`,
  ];
  expect(explained(thick, { planner: 'ExperimentPlanner2D_v21', reasons: false })).toEqual([
    ...first,
    '2d: spacing 3.6 x 0.6 x 0.6 mm, median case 20 x 320 x 320 voxels.',
    '  Patch 320 x 320, batch 10; a patch covers a whole median slice.',
    '  Network: 6 poolings (6, 6 along the axes) down to 5 x 5, 32 features at first, 2 convolutions per resolution.',
    'The 2D network processes slices across the first axis.',
  ]);
  expect(explained(thick, { reasons: false })).toEqual([
    ...first,
    '3d_fullres: spacing 3.6 x 0.6 x 0.6 mm, median case 20 x 320 x 320 voxels.',
    '  Patch 20 x 320 x 256, batch 2; a patch covers 80 % of a median case.',
    '  Network: 6 poolings (2, 6, 6 along the axes) down to 5 x 5 x 4, 32 features at first, 2 convolutions per resolution.',
    '  Kernels are flat along coarse axes until pooling has made the spacings similar.',
    '  Augmentation rotates only within slices, because the patch is flat.',
    'No cascade: the median case has 1.3 times as many voxels as a full resolution patch.',
  ]);
});

it('says where a target spacing comes from', () => {
  const spacing = (data: Fingerprint, planner?: string, edit?: (plans: Plans) => void) =>
    explained(data, { planner, reasons: false, edit })[1]!.split(': ').slice(1).join(': ');
  // In every fifth case slices are 2 mm apart, not 5.
  const mixed = fingerprint(20, [20, 256, 256], [5, 1, 1], ['T1']);
  mixed.all_spacings = mixed.all_spacings.map((usual, i) => (i % 5 === 0 ? [2, 1, 1] : usual));
  const finer =
    'its median of 5 mm is much coarser than the other axes, so a finer spacing was taken to keep the detail of the finer cases.';
  expect(spacing(mixed)).toBe(`the median of the cases, except along axis 0: ${finer}`);
  const lying = {
    ...mixed,
    all_spacings: mixed.all_spacings.map(([z, y, x]) => [y!, x!, z!]),
    all_sizes: mixed.all_sizes.map(([z, y, x]) => [y!, x!, z!]),
  };
  expect(spacing(lying)).toBe(`the median of the cases, except along axis 2: ${finer}`);
  // A planner of 2 mm everywhere, of cases finer and coarser than that.
  const two = 'ExperimentPlanner3D_v21_customTargetSpacing_2x2x2';
  const choice = "the planner's choice.";
  expect(spacing(fingerprint(2, [64, 64, 64], [5, 0.5, 0.5], ['T1']), two)).toBe(choice);
  expect(spacing(fingerprint(2, [64, 64, 64], [2, 2, 1], ['T1']), two)).toBe(choice);
  expect(spacing(fingerprint(2, [64, 64, 64], [2, 2, 2], ['T1']), two)).toBe('the median of the cases.');
  const moved = (by: number) => (plans: Plans) => {
    plans.plans_per_stage[0]!.current_spacing[1]! *= 1 + by;
  };
  const cube = fingerprint(2, [64, 64, 64], [2, 2, 2], ['T1']);
  expect([spacing(cube, two, moved(1e-7)), spacing(cube, two, moved(1e-5))]).toEqual([
    'the median of the cases.',
    choice,
  ]);
});

it('says how each channel is normalised', () => {
  const channel = (scheme: string, mask: boolean, reductions: Record<string, number> | null) => {
    const edit = (plans: Plans) => {
      plans.normalization_schemes = { '0': scheme as 'CT' };
      plans.use_mask_for_norm = { '0': mask };
      if (reductions === null) plans.dataset_properties = undefined as never;
      else plans.dataset_properties.size_reductions = reductions;
    };
    return explained(large, { reasons: false, edit })[2]!.replace('Channel 0 (CT): ', '');
  };
  expect(channel('CT2', false, {})).toBe(
    'intensities are clipped by the statistics of all cases, then standardised within each case.',
  );
  expect(channel('noNorm', false, {})).toBe('intensities are left as they are.');
  expect(channel('RGB', false, {})).toBe('scheme RGB.');
  const mask = 'intensities are left as they are, within the nonzero voxels only';
  expect(channel('noNorm', true, { a: 0.5, b: 0.7, c: 1 })).toBe(
    `${mask}, because cropping leaves 70 % of the median case (less than 75 %).`,
  );
  // By the rule there would be no mask.
  expect(channel('noNorm', true, { a: 0.8 })).toBe(`${mask}.`);
  for (const unknown of [{}, null])
    expect(channel('noNorm', true, unknown)).toBe(
      `${mask}, because cropping leaves little of the median case (less than 75 %).`,
    );
});

it('counts cases, labels, poolings and what a patch covers', () => {
  const small = { ...fingerprint(1, [20, 12, 9], [1, 1, 1], ['T1']), all_classes: [1] };
  const lines = explained(small, { reasons: false });
  expect(lines[0]).toBe(
    '1 case, 1 modality (T1), 1 label besides background; median size after cropping 20 x 12 x 9 voxels.',
  );
  expect(lines[5]).toMatch(/^ {2}Network: 2 poolings \(2, 1, 1 along the axes\) down to 5 x 6 x 5, 32 features/);
  const patch = (edge: number, covers: string) => {
    const edit = ({ plans_per_stage: stages }: Plans) => {
      stages[0]!.patch_size = [edge, 12, 20];
      stages[0]!.pool_op_kernel_sizes = [[2, 1, 1]];
    };
    const [, , , , shown, network] = explained(small, { reasons: false, edit });
    expect(shown).toContain(`a patch covers ${covers} median case.`);
    expect(network).toContain('Network: 1 pooling (');
  };
  // Along the last axis the patch is longer than the case.
  patch(20, 'a whole');
  patch(17, '85 % of a');
  patch(0.01, '1 % of a');
  const convolutions = (n: number | undefined) => (plans: Plans) => void Object.assign(plans, { conv_per_stage: n });
  expect(explained(small, { reasons: false, edit: convolutions(4) })[5]).toContain('4 convolutions per resolution');
  expect(explained(small, { reasons: false, edit: convolutions(undefined) })[5]).toContain('2 convolutions');
});
