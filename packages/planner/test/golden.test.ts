import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import type { Fingerprint, Plans } from '@nnunet/schema';
import { describe, expect, it } from 'vitest';
import { createPlanner, planExperiment } from '../src/plan-experiment.ts';
import { shippedPlanners } from '../src/planner-registry.ts';
import { fingerprintOf, firstDifference, type GoldenCase, readFixture } from './golden-cases.ts';

const cases: GoldenCase[] = readFixture('cases.json');

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

type Variant = Record<string, unknown> & { file: string; pp: boolean; error?: string };
const variants: Record<string, Record<string, Variant>> = readFixture('variants.json');
/** Keys that repeat the fingerprint or name files, absent from the fixtures. */
const REPEATED = new Set([
  'dataset_properties',
  'list_of_npz_files',
  'preprocessed_data_folder',
  'original_spacings',
  'original_sizes',
]);

describe('plans of the other planners equal those of nnU-Net 1.7.1', () => {
  it('has a reference for every shipped planner', () => {
    const own = shippedPlanners.names().filter((name) => !/^ExperimentPlanner[23]D_v21$/.test(name));
    expect(Object.keys(variants).sort()).toEqual(own.sort());
  });

  it.each(Object.keys(variants))('%s', (name) => {
    for (const [id, { file, pp, error, ...expected }] of Object.entries(variants[name]!)) {
      const fingerprint = fingerprintOf(cases.find((entry) => entry.name === id)!.input);
      const planner = createPlanner(fingerprint, { planner: name });
      if (error !== undefined) {
        let tag: string | null = null;
        try {
          planner.plan();
        } catch (thrown) {
          tag = isNnUNetError(thrown) ? thrown.tag : 'unknown';
        }
        expect(tag).toBe('patch-too-small');
        continue;
      }
      const plans = planner.plan();
      expect(firstDifference(plans, expected, id)).toBeNull();
      const keys = Object.keys(plans).filter((key) => !REPEATED.has(key));
      expect(keys.sort()).toEqual(Object.keys(expected).sort());
      expect(planner.plansFileName).toBe(`${file}.json`);
      expect(planner.runsPreprocessing).toBe(pp);
    }
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
