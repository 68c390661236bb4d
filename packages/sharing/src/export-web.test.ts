import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModelFile } from '@nnunet/inference/internal';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import type { SiteDescription } from '@nnunet/web';
import { describe, expect, it } from 'vitest';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { type ExportWebOptions, exportWeb } from './export-web.ts';

const golden = fileURLToPath(new URL('../../../../shared/golden/models/', import.meta.url));
const built = existsSync(new URL('../../web/dist/browser/index.html', import.meta.url));
const root = temporaryFolder();
const roots = resolveRoots({ env: {} });

/** Exports a model, and returns what the page says of it, and the model as the page reads it. */
async function exported(name: string, options: Omit<ExportWebOptions, 'roots' | 'outputFolder' | 'reporter'>) {
  const folder = join(root, name);
  await exportWeb({ roots, outputFolder: folder, reporter: listener(), ...options });
  const site: SiteDescription = JSON.parse(readFileSync(join(folder, 'site.json'), 'utf8'));
  const bytes = readFileSync(join(folder, site.model.file));
  expect(site.model.bytes).toBe(bytes.length);
  return { folder, site, ...(await readModelFile(bytes, name, 1e9)) };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: Error) => error.message,
  );

describe.skipIf(!built)('a page with a model (needs the built page)', () => {
  const model = join(root, 'Task900_Made/nnUNetTrainerV2__nnUNetPlansv2.1');
  const plans = tinyPlans([8, 8, 8], { poolings: 1 });
  const labels = { 0: 'background', 2: 'tail', 1: 'head' };
  for (const fold of [0, 1]) writeFold(model, { ...describePlanned(plans), labels }, { fold, seed: fold });
  renameSync(join(model, 'fold_1/model_final_checkpoint.safetensors'), join(model, 'fold_1/model_best.safetensors'));

  it('has the chosen fold and checkpoint, the names and colours of the labels, the card and the example', async () => {
    expect(
      await refusal(
        exportWeb({ roots, modelFolder: model, folds: ['0'], outputFolder: join(root, 'x'), reporter: listener() }),
      ),
    ).toMatch(/plans\.json: the plans of this model are missing/);
    expect(existsSync(join(root, 'x'))).toBe(false);
    writeFileSync(join(model, 'plans.json'), JSON.stringify(plans));
    mkdirSync(join(root, 'images'));
    const example = [join(root, 'images/a.nii.gz')];
    writeFileSync(example[0]!, 'image');
    const { site, folder, members, rules } = await exported('own', {
      ...{ modelFolder: model, folds: ['1'], checkpoint: 'model_best', intendedUse: 'Heads.' },
      ...{ example, exampleOrigin: 'made' },
    });
    expect(members).toHaveLength(1);
    expect(rules.labelNames).toEqual(labels);
    expect(site).toMatchObject({
      title: 'Task900_Made',
      intendedUse: 'Heads.',
      channels: ['MRI'],
      needsPreviousStage: false,
      example: { files: ['example/a.nii.gz'], origin: 'made' },
    });
    // The first two colours of all pictures.
    expect(site.labels).toEqual([
      { value: 1, name: 'head', color: '#4363d8' },
      { value: 2, name: 'tail', color: '#f58231' },
    ]);
    const card = Object.fromEntries(site.card);
    expect(card).toMatchObject({ Task: 'Task900_Made', Licence: 'not stated: ask who trained the model' });
    expect(card.Configuration).toBe('3d_fullres, trained with nnUNetTrainerV2 and plans nnUNetPlansv2.1');
    expect(readFileSync(join(folder, 'example/a.nii.gz'), 'utf8')).toBe('image');
  });

  it('has the images of an example in the order of the channels, those of the same name too', async () => {
    const each = <T>(first: T, second: T) => ({ '0': first, '1': second });
    const modalities = { num_modalities: 2, modalities: each('T1', 'FLAIR') };
    const schemes = { normalization_schemes: each('nonCT', 'nonCT'), use_mask_for_norm: each(false, false) };
    const two = { ...plans, ...modalities, ...schemes };
    const folder = join(root, 'Task901_Two/nnUNetTrainerV2__nnUNetPlansv2.1');
    writeFold(folder, describePlanned(two));
    writeFileSync(join(folder, 'plans.json'), JSON.stringify(two));
    const example = ['t1/a.nii', 'flair/a.nii'].map((name) => join(root, name));
    for (const file of example) {
      mkdirSync(dirname(file));
      writeFileSync(file, file);
    }
    const { site, folder: page } = await exported('two', { modelFolder: folder, example });
    expect(site.channels).toEqual(['T1', 'FLAIR']);
    expect(site.example!.files.map((name) => basename(name))).toEqual(['a.nii', 'a.nii']);
    expect(site.example!.files.map((name) => readFileSync(join(page, name), 'utf8'))).toEqual(example);
  });

  it('is refused with an example of too many images, and leaves nothing behind', async () => {
    const options = { roots, modelFolder: model, folds: ['0'], outputFolder: join(root, 'y'), reporter: listener() };
    expect(await refusal(exportWeb({ ...options, example: ['a', 'b'] }))).toMatch(
      /^the model needs 1 image per case, but the example has 2\n/,
    );
    expect(await refusal(exportWeb({ ...options, example: [join(root, 'none.nii')] }))).toContain('none.nii');
    expect(readdirSync(root).filter((name) => name === 'y' || name.startsWith('.'))).toEqual([]);
  });

  it.skipIf(!existsSync(golden))('holds models of v1 and v2, too (needs ../shared/golden)', async () => {
    const v1 = await exported('v1', {
      modelFolder: join(golden, 'v1/nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1'),
    });
    expect(v1.rules.version).toBe(1);
    expect(v1.site).toMatchObject({
      title: 'Task103_CT',
      channels: ['CT'],
      intendedUse: 'For research. Not a medical device.',
    });
    const v2 = await exported('v2', { modelFolder: join(golden, 'v2/nnUNetTrainer__nnUNetPlans__3d_fullres') });
    expect(v2.rules.version).toBe(2);
    expect(v2.site.title).toBe('Hippocampus');
    expect(v2.site.labels.map(({ value, name }) => [value, name])).toEqual(
      Object.entries(v2.rules.labelNames)
        .slice(1)
        .map(([value, name]) => [Number(value), name]),
    );
    expect(v2.site.labels.length).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(golden)).each([
    ['NaturalImage2DIO', '2D images such as PNG'],
    ['Tiff3DIO', 'TIFF stacks'],
  ])(
    'is refused for a model of %s, in words, and leaves nothing behind (needs ../shared/golden)',
    async (reader, images) => {
      const folder = join(root, reader, 'nnUNetTrainer__nnUNetPlans__3d_fullres');
      cpSync(join(golden, 'v2/nnUNetTrainer__nnUNetPlans__3d_fullres'), folder, { recursive: true });
      const plans = JSON.parse(readFileSync(join(folder, 'plans.json'), 'utf8'));
      chmodSync(join(folder, 'plans.json'), 0o644);
      writeFileSync(join(folder, 'plans.json'), JSON.stringify({ ...plans, image_reader_writer: reader }));
      const outputFolder = join(root, `page of ${reader}`);
      expect(await refusal(exportWeb({ roots, modelFolder: folder, outputFolder, reporter: listener() }))).toBe(
        `${folder}: the images of this model are ${images} (${reader}), which the page in the browser cannot read\n` +
          '  Predict them with nnUNet_predict or nnUNetv2_predict, or serve the model with nnUNet_serve.',
      );
      expect(existsSync(outputFolder)).toBe(false);
    },
  );
});
