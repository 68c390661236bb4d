import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpyFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectRefusal,
  expectSuccess,
  filesBelow,
  installExample,
  type Outcome,
  prepareDemo,
  repository,
  runCommand,
} from './commands.ts';

const root = temporaryFolder();
const prepared = join(root, 'nnUNet_preprocessed/Task004_Hippocampus');
const plan = (...args: string[]): Outcome =>
  runCommand('nnUNet_plan_and_preprocess', ['-t', '4', '-pl2d', 'None', '--root', root, ...args]);
const plansOf = (identifier: string) => JSON.parse(readFileSync(join(prepared, `${identifier}_plans_3D.json`), 'utf8'));

const lab = installExample('my-lab', temporaryFolder());

beforeAll(() => prepareDemo(root));

describe('classes of a module of the user', () => {
  it('plans with a planner found by its name', () => {
    const outcome = plan('-no_pp', '--plugin', join(lab, 'index.mjs'), '-pl3d', 'IsotropicPlanner');
    expectSuccess(outcome);
    const plans = plansOf('nnUNetPlans_isotropic');
    expect(plans).toMatchObject({ base_num_features: 24, data_identifier: 'nnUNetData_isotropic' });
    expect(plans.plans_per_stage['0'].current_spacing).toEqual([1, 1, 1]);
    expect(outcome.stderr).toContain('nnUNet_train -p nnUNetPlans_isotropic');
  });

  it('prepares with a preprocessor found by its name, in threads', async () => {
    const outcome = plan('-tf', '2', '--plugin', join(lab, 'index.mjs'), '-pl3d', 'PercentilePlanner');
    expectSuccess(outcome);
    const folder = join(prepared, 'nnUNetData_percentile_stage0');
    const cases = filesBelow(folder).filter((name) => /^hippocampus_\d+\.npy$/.test(name));
    expect(cases).toHaveLength(18);
    const { data, shape } = await readNpyFile(join(folder, cases[0]!));
    const image = (data as Float32Array).subarray(0, data.length / shape[0]!);
    expect([image.reduce((a, b) => Math.min(a, b)), image.reduce((a, b) => Math.max(a, b))]).toEqual([0, 1]);
  });

  it.each([
    'my-lab/lib/planners/isotropic.mjs',
    'my-lab/from-code.mjs',
    'my-lab/lib/planners/percentile.mjs',
    'my-lab/lib/preprocessors/percentile.mjs',
    'own-trainer/src/trainers/light-trainer.mjs',
    'own-trainer/src/losses/weighted-cross-entropy.mjs',
  ])('is short, and what docs/extending_nnunet.md shows: %s', (example) => {
    const code = readFileSync(join(repository, 'docs/examples', example), 'utf8');
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(readFileSync(join(repository, 'docs/extending_nnunet.md'), 'utf8')).toContain(`\`\`\`js\n${code}\`\`\``);
  });

  it('are found from code in a value that holds them', () => {
    const fingerprint = join(repository, 'packages/schema/fixtures/plans/dataset_properties.json');
    const outcome = spawnSync(process.execPath, [join(lab, 'from-code.mjs'), fingerprint], { encoding: 'utf8' });
    expect(outcome.stdout, outcome.stderr).toBe('PercentilePreprocessor\n');
  });

  it('says which module is missing, and prepares nothing', () => {
    const outcome = plan('-pl3d', 'PercentilePlanner');
    expectRefusal(outcome, 1, /no planner called PercentilePlanner/);
    const gone = plan('--plugin', join(lab, 'gone.mjs'));
    expectRefusal(gone, 1, /gone\.mjs/);
  });

  it('refuses a name that exists already', () => {
    const file = join(lab, 'taken.mjs');
    writeFileSync(
      file,
      "import { PlannerBase } from '@nnunet/planner';\nexport class ExperimentPlanner3D_v21 extends PlannerBase {\n  planStage() {}\n}\n",
    );
    const outcome = plan('--plugin', file);
    expectRefusal(outcome, 1, /planner called ExperimentPlanner3D_v21 already/);
  });
});

describe('plans for other circumstances', () => {
  it('has identifiers of its own for another GPU memory, and trains on them', () => {
    const outcome = plan('--gpu_memory_target', '0.2');
    expectSuccess(outcome);
    expect(existsSync(join(prepared, 'nnUNetPlansv2.1_plans_3D.json'))).toBe(false);
    const plans = plansOf('nnUNetPlansv2.1_gpu0.2GB');
    expect(plans.data_identifier).toBe('nnUNetData_plans_v2.1_gpu0.2GB');
    const voxels = plans.plans_per_stage['0'].patch_size.reduce((a: number, b: number) => a * b);
    expect(voxels).toBeLessThan(40 * 56 * 40);
    const trained = runCommand('nnUNet_train', [
      ...['3d_fullres', 'nnUNetTrainerV2', '4', '0', '-p', 'nnUNetPlansv2.1_gpu0.2GB', '--root', root],
      ...['--epochs', '1', '--iterations_per_epoch', '1', '--val_iterations_per_epoch', '1'],
      '--disable_validation_inference',
    ]);
    expectSuccess(trained);
    expect(trained.stdout).toContain('nnUNetTrainerV2__nnUNetPlansv2.1_gpu0.2GB/fold_0');
  });

  it('plans the cascade for small images when told to', () => {
    const stages = (...args: string[]) => {
      const outcome = plan('-no_pp', '--gpu_memory_target', '0.05', ...args);
      expectSuccess(outcome);
      return plansOf('nnUNetPlansv2.1_gpu0.05GB').num_stages;
    };
    expect(stages()).toBe(1);
    expect(stages('--how_much_of_a_patient', '1.5')).toBe(2);
    expect(plan('--how_much_of_a_patient', '0').code).toBe(2);
  });

  it('takes over the plans of another task', () => {
    const foreign = plansOf('nnUNetPlans_isotropic');
    foreign.plans_per_stage['0'].patch_size = [24, 32, 24];
    foreign.num_classes = 7;
    const file = join(root, 'foreign.json');
    writeFileSync(file, JSON.stringify(foreign));
    const overwrite = ['-pl3d', 'ExperimentPlanner3D_v21_Pretrained', '-overwrite_plans', file];
    const outcome = plan(...overwrite, '-overwrite_plans_identifier', 'OTHER', '-no_pp');
    expectSuccess(outcome);
    const plans = plansOf('nnUNetPlans_pretrained_OTHER');
    expect(plans).toMatchObject({ num_classes: 2, all_classes: [1, 2], base_num_features: 24 });
    expect(plans).toMatchObject({ data_identifier: 'nnUNetData_pretrained_OTHER' });
    expect(plans.plans_per_stage['0'].patch_size).toEqual([24, 32, 24]);

    expect(plan(...overwrite).code).toBe(2);
    expect(plan('-overwrite_plans', file, '-overwrite_plans_identifier', 'OTHER').code).toBe(2);
    expect(plan('-pl3d', 'ExperimentPlanner3D_v21_Pretrained').code).toBe(2);
  });
}, 120_000);
