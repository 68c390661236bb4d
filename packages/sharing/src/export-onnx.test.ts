import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import type { ModelDescription } from '@nnunet/inference';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { changeTrainerClass } from './change-trainer-class.ts';
import { exportModels } from './export-models.ts';
import { exportOnnx } from './export-onnx.ts';
import { installArchive } from './install-archive.ts';
import type { ModelCard } from './model-card.ts';
import { type OnnxManifest, onnxManifest } from './onnx-manifest.ts';
import type { OnnxManifestV2 } from './onnx-manifest-v2.ts';

const models = fileURLToPath(new URL('../../../../shared/golden/models/v1/', import.meta.url));
const root = temporaryFolder();
const roots = resolveRoots({ env: { RESULTS_FOLDER: models } });
const reporter = listener();

describe.skipIf(!existsSync(models))('models of nnU-Net v1 (needs ../shared/golden)', () => {
  it('are exported as ONNX with all that is to be done before and after', async () => {
    const file = await exportOnnx({
      roots,
      task: '103',
      configuration: '3d_lowres',
      trainer: 'nnUNetTrainerV2',
      plansIdentifier: 'nnUNetPlansv2.1',
      folds: ['0', '2'],
      checkpoint: 'model_final_checkpoint',
      outputFolder: join(root, 'onnx/deep'),
      reporter,
    });
    const manifest: OnnxManifest = JSON.parse(readFileSync(file, 'utf8'));
    const told = reporter.progressed.map(({ what, done, total, note }) => `${what} ${done}/${total} ${note}`);
    expect(told).toEqual(['exporting 1/2 fold_0', 'exporting 2/2 fold_2']);
    for (const { file: name, sha256 } of manifest.networks)
      expect(
        createHash('sha256')
          .update(readFileSync(join(root, 'onnx/deep', name)))
          .digest('hex'),
      ).toBe(sha256);
    expect(manifest.networks.map(({ file: name }) => name)).toEqual(['fold_0.onnx', 'fold_2.onnx']);
    expect(readdirSync(join(root, 'onnx/deep')).sort()).toEqual(['fold_0.onnx', 'fold_2.onnx', 'manifest.json']);
    const { preprocessing, export: out } = manifest;
    expect(preprocessing.normalize[0]).toMatchObject({ scheme: 'CT', use_mask: false });
    expect(preprocessing.normalize[0]!.statistics!.sd).toBeGreaterThan(0);
    expect(preprocessing.transpose).not.toEqual([0, 1, 2]);
    // there and back
    expect(preprocessing.transpose.map((axis) => out.transpose[axis])).toEqual([0, 1, 2]);
    expect(manifest.previous_stage).toBeNull();
    expect(manifest.postprocessing).toBeNull();
  });

  it('are exported with their postprocessing, and not where that is damaged or they are not wanted any more', async () => {
    const results = join(root, 'own');
    const model = join(results, 'nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1');
    const original = join(models, 'nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1');
    mkdirSync(join(model, 'fold_0'), { recursive: true });
    for (const name of ['plans.pkl', ...readdirSync(join(original, 'fold_0')).map((file) => `fold_0/${file}`)])
      writeFileSync(join(model, name), readFileSync(join(original, name)));
    const outputFolder = join(root, 'with-rule');
    const exported = (more: object = {}) =>
      exportOnnx({
        roots: resolveRoots({ env: { RESULTS_FOLDER: results } }),
        task: 'Task103_CT',
        configuration: '3d_lowres',
        trainer: 'nnUNetTrainerV2',
        plansIdentifier: 'nnUNetPlansv2.1',
        folds: ['0'],
        checkpoint: 'model_final_checkpoint',
        outputFolder,
        reporter,
        ...more,
      });
    const rule = join(model, 'postprocessing.json');
    writeFileSync(rule, JSON.stringify({ for_which_classes: [1], min_valid_object_sizes: null }));
    await expect(exported({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(outputFolder)).toEqual([]);
    expect(JSON.parse(readFileSync(await exported(), 'utf8')).postprocessing.entries).toEqual([1]);
    writeFileSync(rule, '{');
    const untouched = join(root, 'untouched');
    await expect(exported({ outputFolder: untouched })).rejects.toThrow(/postprocessing\.json/);
    expect(existsSync(untouched)).toBe(false);
  });

  it('are packed and installed as they are, with a card', async () => {
    const zipFile = join(root, 'v1.zip');
    const elsewhere = resolveRoots({ root: join(root, 'elsewhere'), env: {} });
    await exportModels({
      roots,
      task: '103',
      zipFile,
      models: ['3d_lowres'],
      trainer: 'nnUNetTrainerV2',
      cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
      plansIdentifier: 'nnUNetPlansv2.1',
      folds: ['1'],
      strict: false,
      reporter,
    });
    const { models: installed, folder } = await installArchive({ roots: elsewhere, zipFile, reporter });
    const model = join(folder, installed[0]!);
    for (const name of ['plans.pkl', 'fold_1/model_final_checkpoint.model', 'fold_1/model_final_checkpoint.model.pkl'])
      expect(readFileSync(join(model, name))).toEqual(readFileSync(join(models, 'nnUNet', installed[0]!, name)));
    const card: ModelCard = JSON.parse(readFileSync(join(model, 'model_card.json'), 'utf8'));
    expect(card).toMatchObject({ task: 'Task103_CT', folds: ['1'], scores: null, postprocessing: null });
    expect(card.data.modalities).toEqual({ 0: { name: 'CT', normalisation: 'CT' } });
    expect(card.training).toEqual([{ fold: 'fold_1', epochs: null, changedSettings: null }]);
    await expect(changeTrainerClass({ modelFolder: model, trainer: 'Other' })).rejects.toThrow(/nnU-Net v1/);
  });
});

const modelsV2 = fileURLToPath(new URL('../../../../shared/golden/models/v2/', import.meta.url));

describe.skipIf(!existsSync(modelsV2))('models of nnU-Net v2 (needs ../shared/golden)', () => {
  it('are exported as ONNX by the id of their dataset', async () => {
    const results = join(root, 'of-v2');
    const model = 'nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres';
    mkdirSync(join(results, 'Dataset103_CT'), { recursive: true });
    symlinkSync(join(modelsV2, model), join(results, 'Dataset103_CT', model));
    const outputFolder = join(root, 'onnx-v2');
    const file = await exportOnnx({
      roots: resolveRoots({ env: { RESULTS_FOLDER: results } }),
      task: '103',
      checkpoint: 'model_final_checkpoint',
      outputFolder,
      reporter,
    });
    const manifest: OnnxManifestV2 = JSON.parse(readFileSync(file, 'utf8'));
    const bytes = readFileSync(join(outputFolder, 'fold_0.onnx'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(manifest).toMatchObject({ version: 2, networks: [{ fold: 'fold_0', file: 'fold_0.onnx', sha256 }] });
    expect(manifest.preprocessing.normalize[0]).toMatchObject({ scheme: 'CTNormalization' });
    // Logits: the network ends without a nonlinearity.
    expect(bytes.includes('Softmax') || bytes.includes('Sigmoid')).toBe(false);
  });
});

describe('onnxManifest', () => {
  const plans = {
    modalities: { '0': 'FLAIR', '1': 'T1' },
    num_modalities: 2,
    normalization_schemes: { '0': 'nonCT', '1': 'noNorm' },
    use_mask_for_norm: { '0': true, '1': false },
    dataset_properties: { intensityproperties: null },
    all_classes: [1, 2],
    transpose_forward: [1, 0, 2],
    transpose_backward: [1, 0, 2],
    plans_per_stage: { '0': { patch_size: [32, 48], current_spacing: [5, 1, 1] } },
  };
  const description = {
    trainer: 'T',
    configuration: '2d',
    stage: 0,
    plans,
    network: {
      dimension: 2,
      inputChannels: 2,
      classes: 3,
      pools: [
        [2, 2],
        [1, 2],
      ],
    },
    mirrorAxes: [0, 1],
    nonlinearity: 'sigmoid',
    regionClassOrder: [2, 1],
  } as unknown as ModelDescription;

  it('tells what differs for 2D networks, regions and postprocessing', () => {
    const manifest = onnxManifest(description, [], { entries: [[1, 2], 1], minimumSizes: [null, 3.5] });
    expect(manifest.input).toEqual({ name: 'data', channels: 2, patch_size: [32, 48], divisible_by: [2, 4] });
    expect(manifest.preprocessing.resample.spacing).toEqual([null, 1, 1]);
    expect(manifest.preprocessing.nan_to_zero).toBe(false);
    expect(manifest.preprocessing.normalize[0]).toEqual({
      channel: 0,
      scheme: 'nonCT',
      use_mask: true,
      statistics: null,
    });
    expect(manifest.export.region_class_order).toEqual([2, 1]);
    expect(manifest.output.values).toBe('sigmoid');
    expect(manifest.postprocessing).toEqual({ entries: [[1, 2], 1], minimum_sizes: [null, 3.5] });
    expect(manifest.modalities[1]).toEqual({ channel: 1, name: 'T1', file_ending: '_0001.nii.gz' });
  });

  it("says that a network of one's own takes patches of one size", () => {
    const { network } = description;
    const own = {
      ...description,
      network: { ...network, architecture: 'MyNet', graph: {} },
    } as unknown as ModelDescription;
    expect(onnxManifest(own, [], null).input.fixed_size).toBe(true);
  });

  const manifestOf = (more: object) =>
    onnxManifest({ ...description, plans: { ...plans, ...more } } as unknown as ModelDescription, [], null);

  // v1's preprocessing.py: orders of splines for image and mask, those along an axis apart, and the spacing that is kept.
  it.each([
    ['GenericPreprocessor', [3, 0], [1, 0], [5, 1, 2], 3],
    ['PreprocessorFor2D', [3, 0], [1, 0], [null, 1, 2], 3],
    ['GenericPreprocessor_linearResampling', [1, 0], [1, 0], [5, 1, 2], 3],
    ['Preprocessor3DDifferentResampling', [3, 3], [1, 1], [5, 1, 2], 3],
    ['Preprocessor3DBetterResampling', [3, 0], [3, 0], [5, 1, 2], null],
    ['PreprocessorFor3D_LeaveOriginalZSpacing', [3, 0], [1, 0], [null, 1, 2], 3],
    ['PreprocessorFor3D_NoResampling', [3, 0], [1, 0], [null, null, null], 3],
  ])('tells how %s resamples', (preprocessor_name, image, mask, spacing, apart) => {
    const stages = { '0': { patch_size: [32, 48, 16], current_spacing: [5, 1, 2] } };
    const { preprocessing } = manifestOf({ preprocessor_name, plans_per_stage: stages });
    expect(preprocessing.resample).toEqual({
      spacing,
      image: { order: image[0], order_z: image[1] },
      mask: { order: mask[0], order_z: mask[1] },
      separate_axis_above: apart,
    });
    expect(preprocessing.nan_to_zero).toBe(preprocessor_name !== 'PreprocessorFor2D');
    expect(preprocessing.crop).toEqual({ to: 'nonzero', fill_holes: true });
  });

  it('takes the preprocessor of the plans that name none by their dimensions', () => {
    const stage = { patch_size: [32, 48, 16], current_spacing: [5, 1, 2] };
    expect(manifestOf({ plans_per_stage: { '0': stage } }).preprocessing.resample.spacing).toEqual([5, 1, 2]);
    expect(manifestOf({}).preprocessing.resample.spacing).toEqual([null, 1, 1]);
  });

  it('tells the normalisation of each channel, with the statistics that it needs', () => {
    const statistics = { mean: 1, sd: 2, percentile_00_5: 3, percentile_99_5: 4 };
    const { normalize } = manifestOf({
      num_modalities: 4,
      normalization_schemes: { '0': 'CT', '1': 'CT2', '2': 'nonCT' },
      use_mask_for_norm: { '0': true },
      dataset_properties: { intensityproperties: { 0: { ...statistics, median: 9 }, 2: statistics } },
    }).preprocessing;
    expect(normalize).toEqual([
      { channel: 0, scheme: 'CT', use_mask: true, statistics },
      { channel: 1, scheme: 'CT2', use_mask: false, statistics: null },
      { channel: 2, scheme: 'nonCT', use_mask: false, statistics: null },
      { channel: 3, scheme: 'nonCT', use_mask: false, statistics: null },
    ]);
  });

  it('tells how the probabilities are resampled back', () => {
    expect(manifestOf({}).export).toMatchObject({
      transpose: [1, 0, 2],
      resample: { order: 1, order_z: 0, separate_axis_above: 3 },
    });
    const given = { force_separate_z: null, interpolation_order: 3, interpolation_order_z: 2 };
    expect(manifestOf({ segmentation_export_params: given }).export.resample).toEqual({
      order: 3,
      order_z: 2,
      separate_axis_above: 3,
    });
    const never = { ...given, force_separate_z: false };
    expect(manifestOf({ segmentation_export_params: never }).export.resample.separate_axis_above).toBeNull();
  });

  it('is of one version, and says how tiles overlap', () => {
    const manifest = manifestOf({});
    expect(manifest).toMatchObject({ format: 'nnunet-onnx', version: 1, previous_stage: null, postprocessing: null });
    expect(manifest.tiling).toEqual({ step_size: 0.5, mirror_axes: [0, 1], gaussian_sigma: 0.125 });
    expect(onnxManifest(description, [], { entries: [3], minimumSizes: null }).postprocessing).toEqual({
      entries: [3],
      minimum_sizes: null,
    });
  });

  it('names the input of a cascade', () => {
    const manifest = onnxManifest({ ...description, configuration: '3d_cascade_fullres' }, [], null);
    expect(manifest.previous_stage).toEqual({ configuration: '3d_lowres', labels: [1, 2], order: 1 });
    expect(manifest.postprocessing).toBeNull();
  });

  it('refuses what it cannot describe', () => {
    const of = (more: object) => () =>
      onnxManifest({ ...description, plans: { ...plans, ...more } } as unknown as ModelDescription, [], null);
    expect(of({ preprocessor_name: 'Mine' })).toThrow(/manifest cannot describe the steps of Mine/);
    expect(of({ preprocessor_name: 'toString' })).toThrow(/cannot describe/);
    const forced = { force_separate_z: true, interpolation_order: 1, interpolation_order_z: 0 };
    expect(of({ segmentation_export_params: forced })).toThrow(/separate resampling/);
  });
});

it('writes nothing for a model that is not there', async () => {
  mkdirSync(join(root, 'results'));
  writeFileSync(join(root, 'results/x'), '');
  const options = { task: 'Task900_X', configuration: '2d', trainer: 'T', plansIdentifier: 'P', checkpoint: 'c' };
  const outputFolder = join(root, 'none');
  const own = resolveRoots({ env: { RESULTS_FOLDER: join(root, 'results') } });
  await expect(exportOnnx({ ...options, roots: own, outputFolder, reporter })).rejects.toSatisfy((e) =>
    isNnUNetError(e, 'missing-folder'),
  );
  expect(existsSync(outputFolder)).toBe(false);
});
