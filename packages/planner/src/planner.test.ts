import { isNnUNetError } from '@nnunet/errors';
import type { Fingerprint, Plans } from '@nnunet/schema';
import { median } from '@nnunet/tensor/internal';
import { describe, expect, it } from 'vitest';
import { explainPlans } from './explain-plans.ts';
import { estimateMemory } from './memory-estimate.ts';
import { percentile } from './percentile.ts';
import { planExperiment } from './plan-experiment.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import { plannerOfIdentifier, plansIdentifierOf, shippedPlanners } from './planner-registry.ts';
import { ExperimentPlanner3DFabiansResUNet_v21 } from './planner-residual.ts';
import { poolBySpacing } from './topology.ts';

function fingerprint(cases: number, size: number[], spacing: number[], modalities = ['MRI']): Fingerprint {
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

function tagOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return isNnUNetError(error) ? error.tag : 'not of the family';
  }
}

const large = fingerprint(131, [432, 512, 512], [1, 0.7676, 0.7676], ['CT']);

it('interpolates percentiles', () => {
  expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
  expect([0, 20, 30, 100].map((q) => percentile([5, 1, 8, 2, 3, 13], q))).toEqual([1, 2, 2.5, 13]);
  expect([median([3, 1, 2]), median([10, 1, 4, 2]), median([9])]).toEqual([2, 3, 9]);
});

describe('memory estimate', () => {
  it("has v1's values", () => {
    const network = { modalities: 1, classes: 3, convPerStage: 2 };
    const pools = (n: number, axes: number) => Array.from({ length: n }, () => new Array<number>(axes).fill(2));
    const volume = { patch: [128, 128, 128], poolKernels: pools(5, 3), baseFeatures: 32, maxFeatures: 320 };
    expect(estimateMemory({ ...network, ...volume })).toBe(454_893_568);
    const slice = { patch: [512, 512], poolKernels: pools(7, 2), baseFeatures: 30, maxFeatures: 512 };
    expect(estimateMemory({ ...network, ...slice })).toBe(78_069_760);
  });
});

it('counts the feature maps of a residual U-Net: its last level has no decoder', () => {
  class Estimating extends ExperimentPlanner3DFabiansResUNet_v21 {
    estimate(patch: number[], poolKernels: number[][]): number {
      const input = { modalities: 1, classes: 2 } as Parameters<typeof this.memory>[1];
      return this.memory({ patch, poolKernels } as Parameters<typeof this.memory>[0], input);
    }
  }
  // Two maps a block, one of the skip, two of the decoder: 5 of 32 features in 64 voxels, 7 of 64 in 8, 7 of 128 in 1
  // (three blocks, without a decoder); image and classes; a batch of 2.
  const expected = 2 * (64 * 32 * 5 + 64 * 3 + 8 * 64 * 7 + 128 * 7);
  const twice = [2, 2, 2];
  expect(new Estimating(large).estimate([4, 4, 4], [twice, twice])).toBe(expected);
});

it('cuts a slice along the axis of which the patch shows most, so that it keeps its proportions', () => {
  const flat = { planner: 'ExperimentPlanner2D_v21' };
  for (const slice of [
    [6144, 1536],
    [1536, 6144],
  ]) {
    const { patch_size: patch } = planExperiment(fingerprint(20, [60, ...slice], [5, 1, 1]), flat).plans_per_stage[0]!;
    const [first, second] = patch.map((edge, axis) => edge / slice[axis]!) as [number, number];
    expect(first).toBeLessThan(0.8);
    expect(first / second).toBeGreaterThan(0.75);
    expect(first / second).toBeLessThan(1.34);
  }
});

it('pools a coarse axis later, with flat kernels until then', () => {
  const { poolKernels, convKernels, patch } = poolBySpacing([5, 1.5625, 1.5625], [18, 256, 216], {
    minFeatureMapEdge: 4,
    maxPoolings: 999,
  });
  expect(patch).toEqual([20, 256, 224]);
  expect(poolKernels).toEqual([
    [1, 2, 2],
    [2, 2, 2],
    [2, 2, 2],
    [1, 2, 2],
    [1, 2, 2],
  ]);
  expect(convKernels).toEqual([[1, 3, 3], ...new Array(5).fill([3, 3, 3])]);
});

describe('options', () => {
  it('plans the published example', () => {
    const { plans_per_stage: stages } = planExperiment(large);
    expect(stages['0']!.median_patient_size_in_voxels).toEqual([180, 213, 213]);
    expect(stages['1']!.patch_size).toEqual([128, 128, 128]);
  });

  it('takes another share of a patient for the low resolution', () => {
    const wide = planExperiment(large, { howMuchOfAPatientMustTheNetworkSeeAtStage0: 1 });
    const none = planExperiment(large, { howMuchOfAPatientMustTheNetworkSeeAtStage0: 100 });
    const usual = planExperiment(large).plans_per_stage['0']!;
    expect(none.num_stages).toBe(1);
    expect(wide.num_stages).toBe(2);
    expect(wide.plans_per_stage['0']!.current_spacing[0]).toBeGreaterThan(usual.current_spacing[0]!);
  });

  it('plans for more memory and for less', () => {
    const patchOf = (gpuMemoryTarget?: number) =>
      planExperiment(large, { gpuMemoryTarget }).plans_per_stage['1']!.patch_size.reduce((a, b) => a * b);
    expect(patchOf(8)).toBe(patchOf());
    expect(patchOf(24)).toBeGreaterThan(patchOf());
    expect(patchOf(4)).toBeLessThan(patchOf());
    expect(tagOf(() => patchOf(1e-9))).toBe('memory-target-too-small');
    const flat = { planner: 'ExperimentPlanner2D_v21', gpuMemoryTarget: 1e-9 };
    expect(tagOf(() => planExperiment(large, flat))).toBe('memory-target-too-small');
  });

  it('writes down files and folder', () => {
    const plans = planExperiment(fingerprint(2, [40, 50, 60], [1, 1, 1]), {
      listOfNpzFiles: ['a.npz', 'b.npz'],
      preprocessedDataFolder: 'folder',
    });
    expect(plans.list_of_npz_files).toEqual(['a.npz', 'b.npz']);
    expect(plans.preprocessed_data_folder).toBe('folder');
    expect(planExperiment(large)).toMatchObject({ list_of_npz_files: [], preprocessed_data_folder: '' });
  });

  it('counts the cases that are to be trained on by the files, where they are given', () => {
    const batch = (cases: number, files?: number) => {
      const listOfNpzFiles = files === undefined ? undefined : new Array<string>(files).fill('a.npz');
      const plans = planExperiment(fingerprint(cases, [36, 50, 35], [1, 1, 1]), { listOfNpzFiles });
      return plans.plans_per_stage[0]!.batch_size;
    };
    // 5 % of the voxels of 200 cases are 7 patches.
    expect([batch(200), batch(8), batch(8, 200), batch(200, 8), batch(200, 0)]).toEqual([7, 2, 7, 2, 7]);
  });

  it('refuses fingerprints it cannot plan for', () => {
    const good = fingerprint(3, [40, 40, 40], [1, 1, 1]);
    const positive = /three positive numbers per case/;
    const refused: [Fingerprint, RegExp][] = [
      [fingerprint(0, [1, 1, 1], [1, 1, 1]), /it describes no cases/],
      [{ ...good, size_reductions: {} }, /it describes no cases/],
      [{ ...good, all_spacings: good.all_spacings.slice(1) }, /it has 3 sizes and 2 spacings/],
      [fingerprint(3, [40, 40], [1, 1, 1]), positive],
      [fingerprint(3, [40, 40, 40], [1, 1, 1, 1]), positive],
      [fingerprint(3, [40, 40, 40], [1, 0, 1]), positive],
      [fingerprint(3, [40, -40, 40], [1, 1, 1]), positive],
      [{ ...good, all_sizes: [...good.all_sizes.slice(1), [40, 0, 40]] }, positive],
      [fingerprint(3, [40, 40, 40], [1, 1, 1], []), /it names no modality/],
      [{ ...good, all_classes: [] }, /it names no foreground label/],
    ];
    for (const [bad, what] of refused) {
      expect(tagOf(() => planExperiment(bad))).toBe('bad-fingerprint');
      expect(() => planExperiment(bad)).toThrow(what);
    }
  });

  it('refuses shares of a patient that are not positive numbers', () => {
    for (const share of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => planExperiment(large, { howMuchOfAPatientMustTheNetworkSeeAtStage0: share })).toThrow(
        /`howMuchOfAPatientMustTheNetworkSeeAtStage0` must be a number greater than 0, not/,
      );
  });
});

describe('planners by name', () => {
  class IsotropicPlanner extends ExperimentPlanner3D_v21 {
    override plansIdentifier = 'isotropic';
    override targetSpacing(): number[] {
      return [1, 1, 1];
    }
  }

  it('finds a class of your own', () => {
    const plans = planExperiment(large, {
      planner: 'IsotropicPlanner',
      planners: shippedPlanners.with(IsotropicPlanner),
    });
    expect(plans.plans_per_stage['1']!.current_spacing).toEqual([1, 1, 1]);
    expect(planExperiment(large, { planner: IsotropicPlanner })).toEqual(plans);
  });

  it('writes the architecture of a planner to the plans, and nothing without one', () => {
    class OwnPlanner extends ExperimentPlanner3D_v21 {
      override architecture = 'MyNet';
    }
    const given = fingerprint(3, [40, 40, 40], [1, 1, 1]);
    expect(new OwnPlanner(given).plan().architecture).toBe('MyNet');
    expect(Object.keys(new ExperimentPlanner3D_v21(given).plan())).not.toContain('architecture');
  });

  it('refuses unknown names', () => {
    expect(tagOf(() => planExperiment(large, { planner: 'Nobody' }))).toBe('unknown-planner');
  });
});

describe('explainPlans', () => {
  it('counts the blocks of a residual encoder, and the poolings that pool', () => {
    const text = explainPlans(planExperiment(large, { planner: 'ExperimentPlanner3DFabiansResUNet_v21' }));
    expect(text).toContain('5 poolings (5, 5, 5 along the axes)');
    expect(text).toContain(
      '1, 2, 3, 4, 4, 4 residual blocks in the encoder, 1, 1, 1, 1, 1 convolutions in the decoder',
    );
  });

  it('gives each figure the reason that decided it', () => {
    const reasons = (data: Fingerprint, options = {}, edit = (_: Plans): void => undefined): string => {
      const planner = new ExperimentPlanner3D_v21(data, options);
      const plans = structuredClone(planner.plan());
      edit(plans);
      return explainPlans(plans, planner);
    };
    // 200 cases of 36 x 50 x 35: 5 % of 12.6 million voxels are 7.03 patches of 40 x 56 x 40.
    const hippocampus = reasons(fingerprint(200, [36, 50, 35], [1, 1, 1]));
    expect(hippocampus).toContain('Why this patch: the whole median case fits the memory target');
    expect(hippocampus).toContain('Why batch 7: a batch contains at most 5 % of the voxels of all cases. Memory would');
    expect(hippocampus).toContain('axis 1 3 times, down to 7 voxels (not below 4)');
    expect(hippocampus).toContain('0.7 times as many voxels as a full resolution patch, less than the threshold of 4');
    const few = reasons(fingerprint(8, [36, 50, 35], [1, 1, 1]));
    expect(few).toContain('Why batch 2: the smallest allowed. The dataset is so small');
    const cut = reasons(large);
    expect(cut).toContain(
      'Why this patch: the memory target. A patch of 192 x 224 x 224 would take 3.8 times the memory',
    );
    expect(cut).toContain('Why batch 2: the memory target; the patch was fitted to it');
    // 5 % of 400 cases would be 20 patches of a whole case.
    expect(reasons(fingerprint(400, [64, 96, 96], [1, 1, 1]))).toMatch(/Why batch \d+: as many patches as the memory/);
    // In plane 20 voxels of 0.5 mm are pooled twice, to 5 voxels of 2 mm; slices of 5 mm are 2.5 times as coarse then.
    const thick = reasons(fingerprint(20, [64, 20, 20], [5, 0.5, 0.5]));
    expect(thick).toContain('axis 0 0 times, down to 64 voxels: it is still 2.5 times coarser than the finest axis');
    // 10 voxels could be halved once more: it is the spacing that forbids it.
    const short = reasons(fingerprint(20, [10, 20, 20], [5, 0.5, 0.5]));
    expect(short).toContain('axis 0 0 times, down to 10 voxels: it is still 2.5 times coarser than the finest axis');
    const edited = reasons(large, {}, (plans) => {
      plans.plans_per_stage[0]!.batch_size = 5;
      plans.plans_per_stage[1]!.patch_size = [100, 96, 96];
    });
    // A map of 100 / 2⁵ voxels is padded to 4.
    expect(edited).toContain('axis 0 5 times, down to 4 voxels (not below 4); axis 1 5 times, down to 3 voxels');
    expect(edited).toContain('The batch was changed by hand: ExperimentPlanner3D_v21 plans 2.');
    expect(edited).toContain('The patch was changed by hand: ExperimentPlanner3D_v21 plans 128 x 128 x 128.');
  });

  it('says why there is no cascade: large enough patches, hardly fewer voxels, or a planner without', () => {
    const ofPlanner = (name: string, data: Fingerprint): string => {
      const planner = new (shippedPlanners.get(name) as typeof ExperimentPlanner3D_v21)(data);
      return explainPlans(planner.plan(), planner);
    };
    expect(ofPlanner('ExperimentPlanner3D_v21_noResampling', large)).toContain('noResampling never plans one');
    expect(ofPlanner('ExperimentPlanner3D_v21', fingerprint(20, [200, 220, 200], [1, 1, 1]))).toContain(
      'but the low resolution at which a patch covers enough would keep more than half of the voxels',
    );
  });

  it('finds the planner of an identifier, also for another memory target', () => {
    expect(plannerOfIdentifier('nnUNetPlansv2.1_gpu4GB', '2D', large)?.fullPlansIdentifier).toBe(
      'nnUNetPlansv2.1_gpu4GB',
    );
    expect(plannerOfIdentifier('nnUNetPlansv2.1_16GB', '3D', large)?.constructor.name).toBe(
      'ExperimentPlanner3D_v21_16GB',
    );
    expect(plannerOfIdentifier('nnUNetPlansv2.1_16GB', '2D', large)).toBeNull();
    expect(plannerOfIdentifier('nnUNetPlans_own', '3D', large)).toBeNull();
  });

  it('says the identifier of the plans that a planner makes for any task', () => {
    for (const name of shippedPlanners.names()) {
      const Planner = shippedPlanners.get(name);
      expect(plansIdentifierOf(Planner)).toBe(new Planner(large).fullPlansIdentifier);
    }
    expect(plansIdentifierOf(ExperimentPlanner3D_v21)).toBe('nnUNetPlansv2.1');
    expect(plansIdentifierOf(ExperimentPlanner3D_v21, { gpuMemoryTarget: 4 })).toBe('nnUNetPlansv2.1_gpu4GB');
  });

  it('speaks of reordered axes, flat patches and the nonzero mask', () => {
    const thick = fingerprint(10, [320, 320, 20], [0.6, 0.6, 3.6], ['T2', 'ADC']);
    thick.size_reductions = { a: 0.5, b: 0.6 };
    const text = explainPlans(planExperiment(thick));
    expect(text).toContain('reordered to [2, 0, 1]');
    expect(text).toContain('rotates only within slices');
    expect(text).toContain('leaves 55 % of the median case');
    const unknown = { ...planExperiment(thick), dataset_properties: { ...thick, size_reductions: {} } };
    expect(explainPlans(unknown)).toContain('because cropping leaves little of the median case (less than 75 %)');
    expect(text).toContain('No cascade: the median case has');
    expect(explainPlans(planExperiment(thick, { planner: 'ExperimentPlanner2D_v21' }))).toContain('2d: spacing 3.6');
  });
});
