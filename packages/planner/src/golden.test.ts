import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Fingerprint, Plans } from '@nnunet/dataset';
import { describe, expect, it } from 'vitest';
import { planExperiment } from './plan-experiment.ts';

interface GoldenCase {
  name: string;
  input: {
    sizes: number[][];
    spacings: number[][];
    modalities: string[];
    num_classes_without_background: number;
    size_reductions: number[];
  };
  plan_3D: Record<string, unknown>;
  plan_2D: Record<string, unknown>;
}

const cases: GoldenCase[] = JSON.parse(readFileSync(new URL('../fixtures/cases.json', import.meta.url), 'utf8'));

function fingerprintOf(input: GoldenCase['input']): Fingerprint {
  return {
    all_sizes: input.sizes,
    all_spacings: input.spacings,
    all_classes: Array.from({ length: input.num_classes_without_background }, (_, i) => i + 1),
    modalities: Object.fromEntries(input.modalities.map((name, i) => [String(i), name])),
    intensityproperties: null,
    size_reductions: Object.fromEntries(input.size_reductions.map((value, i) => [`case_${i}`, value])),
  };
}

/** Integers, texts and flags must be equal, fractions within 1e-12 of their size. Says where they first differ. */
export function firstDifference(actual: unknown, expected: unknown, path = ''): string | null {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const close = Number.isInteger(expected)
      ? actual === expected || (!Number.isInteger(actual) && Math.abs(actual - expected) <= 1e-12 * Math.abs(expected))
      : Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
    return close ? null : `${path}: ${actual} instead of ${expected}`;
  }
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object') return `${path}: ${actual} instead of an object`;
    if (Array.isArray(expected) && (actual as unknown[]).length !== expected.length) return `${path}: another length`;
    for (const [key, value] of Object.entries(expected)) {
      const difference = firstDifference((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
      if (difference !== null) return difference;
    }
    return null;
  }
  return actual === expected ? null : `${path}: ${actual} instead of ${expected}`;
}

describe('plans equal those of nnU-Net 1.7.1', () => {
  it('has all fingerprints of the table', () => expect(cases).toHaveLength(40));

  it.each(cases)('$name', ({ input, plan_3D, plan_2D }) => {
    const fingerprint = fingerprintOf(input);
    const plans3d = planExperiment(fingerprint, { planner: 'ExperimentPlanner3D_v21' });
    const plans2d = planExperiment(fingerprint, { planner: 'ExperimentPlanner2D_v21' });
    expect(firstDifference(plans3d, plan_3D)).toBeNull();
    expect(firstDifference(plans2d, plan_2D)).toBeNull();
    expect(Object.keys(plans3d.plans_per_stage)).toEqual(Object.keys(plan_3D.plans_per_stage as object));
  });
});

const golden = new URL('../../../../shared/golden/plans/', import.meta.url);
describe.skipIf(!existsSync(golden))('whole plans files of ../shared/golden/plans (skipped where absent)', () => {
  const tasks = existsSync(golden) ? readdirSync(golden) : [];
  it.each(tasks)('%s', (task) => {
    const read = (name: string) => JSON.parse(readFileSync(new URL(`${task}/${name}`, golden), 'utf8'));
    const fingerprint: Fingerprint = read('dataset_properties.json');
    for (const dimensions of ['3D', '2D']) {
      const expected: Plans = read(`nnUNetPlansv2.1_plans_${dimensions}.json`);
      const plans = planExperiment(fingerprint, {
        planner: `ExperimentPlanner${dimensions}_v21`,
        listOfNpzFiles: expected.list_of_npz_files,
      });
      expect(firstDifference(plans, expected)).toBeNull();
      const own = Object.keys(plans).filter(
        (key) => key !== 'dataset_properties' && key !== 'preprocessed_data_folder',
      );
      expect(own.sort()).toEqual(Object.keys(expected).sort());
    }
  });
});
