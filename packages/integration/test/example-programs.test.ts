import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planExperiment } from '@nnunet/planner';
import { parseFingerprint, parsePlans } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTinyTask } from '../../trainer/src/node/tiny-task.fixture.ts';
import { demoTask, repository } from './commands.ts';
import { offline, packAll, projectWith, run, why } from './installed-project.ts';
import { writeTinyModel } from './tiny-model.ts';

const examples = join(repository, 'docs/examples');
const programs = readdirSync(examples).filter((name) => name.endsWith('.ts'));

describe.each(programs)('%s', (name) => {
  const code = readFileSync(join(examples, name), 'utf8');

  it('is short, and needs neither casts nor internals', () => {
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(code).not.toMatch(/\/internal'/);
    const casts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node))
        casts.push(node.getText());
      node.forEachChild(visit);
    };
    visit(ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true));
    expect(casts).toEqual([]);
    expect(code).not.toMatch(/@ts-|\bany\b/);
  });
});

describe.skipIf(offline)(`in an empty project ${why}`, () => {
  let project: string;
  const start = (program: string, ...args: string[]): string =>
    run(process.execPath, [join('built', program), ...args], project);

  beforeAll(() => {
    packAll();
    const imported = programs.flatMap((name) => [
      ...readFileSync(join(examples, name), 'utf8').matchAll(/from '@nnunet\/([\w-]+)/g),
    ]);
    project = projectWith('programs', ...new Set(imported.map(([, name]) => name!)));
    for (const name of programs) copyFileSync(join(examples, name), join(project, name));
  });

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('the programs compile strictly as modules of %s, resolved as by %s', (module, moduleResolution) => {
    const typeRoots = [join(repository, 'node_modules/@types')];
    const compilerOptions = {
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
      ...{ target: 'es2022', module, moduleResolution, lib: ['es2022'], types: ['node'], typeRoots, outDir: 'built' },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs }));
    run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc')], project);
  });

  it('plans.ts plans as the planners do', () => {
    const fixture = join(repository, 'packages/schema/fixtures/plans/dataset_properties.json');
    const output = start('plans.js', fixture, '.');
    const fingerprint = parseFingerprint(readFileSync(fixture, 'utf8'));
    for (const [planner, dimensions] of [
      ['ExperimentPlanner2D_v21', '2D'],
      ['ExperimentPlanner3D_v21', '3D'],
    ] as const) {
      const plans = planExperiment(fingerprint, { planner });
      const written = readFileSync(join(project, `nnUNetPlansv2.1_plans_${dimensions}.json`), 'utf8');
      expect(parsePlans(written)).toEqual(plans);
      const { batch_size, patch_size } = plans.plans_per_stage['0']!;
      expect(output).toContain(`${dimensions}: ${batch_size} patches of ${patch_size.join(' x ')} voxels`);
    }
  });

  it('stages.ts predicts every voxel as the model does at once', async () => {
    const model = join(project, 'model');
    writeTinyModel(model);
    const rule = { for_which_classes: [[1, 2], 1], min_valid_object_sizes: null };
    writeFileSync(join(model, 'postprocessing.json'), JSON.stringify(rule));
    const images = join(demoTask, 'imagesTs');
    const [image = ''] = readdirSync(images).sort();
    expect(start('stages.js', model, join(images, image), 'labels.nii.gz')).toBe('true\n');
    const { data } = await readLabels(join(project, 'labels.nii.gz'));
    expect(new Set(data).size).toBeGreaterThan(1);
  });

  it('trainer.ts trains with its own trainer', async () => {
    const task = join(project, 'Task900_Tiny');
    mkdirSync(task);
    await writeTinyTask(task, [0]);
    writeFileSync(join(project, 'plans.json'), JSON.stringify(tinyPlans([8, 8])));
    expect(start('trainer.js', task, 'plans.json', 'trained')).toMatch(
      /^epoch 1: loss -?\d+\.\d\d\nepoch 2: loss -?\d+\.\d\d\nfinished after 2 epochs\n$/,
    );
    const fold = join(project, 'trained/fold_0');
    expect(existsSync(join(fold, 'model_final_checkpoint.safetensors'))).toBe(true);
    expect(JSON.parse(readFileSync(join(fold, 'debug.json'), 'utf8')).trainer).toBe('LightTrainer');
  });
});
