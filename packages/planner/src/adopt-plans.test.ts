import { isNnUNetError } from '@nnunet/errors';
import type { Fingerprint } from '@nnunet/schema';
import { describe, expect, it } from 'vitest';
import { adoptPlans } from './adopt-plans.ts';
import { createPlanner, planExperiment } from './plan-experiment.ts';

function fingerprint(size: number[], classes: number[], modalities: string[]): Fingerprint {
  const all = <T>(value: T): T[] => Array.from({ length: 20 }, () => value);
  return {
    all_sizes: all(size),
    all_spacings: all([2, 1, 1]),
    all_classes: classes,
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

describe('adoptPlans', () => {
  const own = planExperiment(fingerprint([40, 50, 60], [1, 2, 3], ['T1']), {
    listOfNpzFiles: ['/own/a.npz'],
    preprocessedDataFolder: '/own',
  });
  const foreign = planExperiment(fingerprint([100, 200, 200], [1], ['T2']), { listOfNpzFiles: ['/other/b.npz'] });

  it("learns this task's regions, and not those of the other", () => {
    const regions = [{ name: 'all', values: [1, 2] }];
    const learnt = { regions, regions_class_order: [1], ignore_label: 4 };
    const plans = (more: object) =>
      planExperiment({ ...fingerprint([40, 50, 60], [1, 2, 3], ['T1']), ...more }, { listOfNpzFiles: ['/own/a.npz'] });
    expect(adoptPlans(plans(learnt), plans({}), 'OTHER').plans).toMatchObject(learnt);
    const { plans: plain } = adoptPlans(plans({}), plans(learnt), 'OTHER');
    for (const key of Object.keys(learnt)) expect(plain).not.toHaveProperty(key);
  });

  it("takes the network and the preprocessing, and keeps this task's classes, cases and folder", () => {
    const { plans, plansIdentifier, plansFileName } = adoptPlans(own, foreign, 'OTHER');
    expect([plansIdentifier, plansFileName]).toEqual([
      'nnUNetPlans_pretrained_OTHER',
      'nnUNetPlans_pretrained_OTHER_plans_3D.json',
    ]);
    const kept = ['num_classes', 'all_classes', 'list_of_npz_files', 'preprocessed_data_folder'] as const;
    for (const key of kept) expect(plans[key], key).toEqual(own[key]);
    expect(plans.data_identifier).toBe('nnUNetData_pretrained_OTHER');
    const { data_identifier: _, ...rest } = plans;
    for (const key of Object.keys(rest) as (keyof typeof rest)[]) {
      if (!(kept as readonly string[]).includes(key)) expect(plans[key], key).toEqual(foreign[key]);
    }
  });

  it('refuses plans that cannot fit', () => {
    const twoModalities = planExperiment(fingerprint([40, 50, 60], [1], ['T1', 'T2']));
    const flat = planExperiment(fingerprint([40, 50, 60], [1], ['T1']), { planner: 'ExperimentPlanner2D_v21' });
    expect(tagOf(() => adoptPlans(own, twoModalities, 'X'))).toBe('bad-plans');
    expect(() => adoptPlans(own, twoModalities, 'X')).toThrow(
      /are for 2 modalities \(T1, T2\), but this task has 1 modality \(T1\)/,
    );
    expect(tagOf(() => adoptPlans(own, flat, 'X'))).toBe('bad-plans');
    expect(tagOf(() => adoptPlans(own, foreign, '../X'))).toBe('usage');
  });
});

describe('identifiers for another GPU memory', () => {
  const data = fingerprint([100, 200, 200], [1], ['T1']);
  const identifiers = (planner: string, gpuMemoryTarget?: number) => {
    const made = createPlanner(data, { planner, ...(gpuMemoryTarget === undefined ? {} : { gpuMemoryTarget }) });
    return [made.fullPlansIdentifier, made.fullDataIdentifier, made.plan().data_identifier];
  };

  it('are those of the planner for v1s memory, and their own otherwise', () => {
    const v1 = ['nnUNetPlansv2.1', 'nnUNetData_plans_v2.1', 'nnUNetData_plans_v2.1'];
    expect(identifiers('ExperimentPlanner3D_v21')).toEqual(v1);
    expect(identifiers('ExperimentPlanner3D_v21', 8)).toEqual(v1);
    expect(identifiers('ExperimentPlanner3D_v21', 4.5)).toEqual(v1.map((name) => `${name}_gpu4.5GB`));
    const flat = 'nnUNetData_plans_v2.1_2D_gpu4GB';
    expect(identifiers('ExperimentPlanner2D_v21', 4)).toEqual(['nnUNetPlansv2.1_gpu4GB', flat, flat]);
  });

  it("leave another planner's data their name", () => {
    expect(identifiers('ExperimentPlanner3D_v21_3cps', 4)).toEqual([
      'nnUNetPlansv2.1_3cps_gpu4GB',
      'nnUNetData_plans_v2.1',
      'nnUNetData_plans_v2.1',
    ]);
  });

  it('refuse memory that is not a positive number', () => {
    for (const target of [0, -1, Number.NaN])
      expect(tagOf(() => planExperiment(data, { gpuMemoryTarget: target }))).toBe('usage');
  });
});
