import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyPlans } from '@nnunet/testing';
import { writeTinyTask } from '../../trainer/src/node/tiny-task.fixture.ts';
import { demoTask, repository } from './commands.ts';
import { writeTinyModel } from './tiny-model.ts';

/** Puts fixtures into the folder of an example, under the names that the example has for them. */
function copies(files: Readonly<Record<string, string>>): (folder: string) => void {
  return (folder) => {
    for (const [name, fixture] of Object.entries(files))
      cpSync(join(repository, fixture), join(folder, name), { recursive: true });
  };
}

function tinyPlans3D(folder: string): void {
  writeFileSync(join(folder, 'nnUNetPlansv2.1_plans_3D.json'), JSON.stringify(tinyPlans([16, 16, 16])));
}

const demo = 'demo-data/Task04_Hippocampus';

function linkedTask(folder: string): void {
  symlinkSync(demoTask, join(folder, 'Task04_Hippocampus'), 'dir');
}

/** By package: makes the files that the example in its README reads. */
export const exampleFiles: Readonly<Record<string, (folder: string) => void | Promise<void>>> = {
  cli: linkedTask,
  dataset: linkedTask,
  ensemble: copies({
    model_A: 'packages/ensemble/fixtures/model_A',
    model_B: 'packages/ensemble/fixtures/model_B',
  }),
  fingerprint: linkedTask,
  formats: copies({
    'scan.nrrd': 'packages/formats/fixtures/oblique_int16.nrrd',
    series: 'packages/formats/fixtures/dicom_ct',
  }),
  inference(folder) {
    writeTinyModel(join(folder, 'nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1'));
    copies({ 'hippocampus_051_0000.nii.gz': `${demo}/imagesTs/hippocampus_051.nii.gz` })(folder);
  },
  metrics: copies({ labelsTs: 'packages/metrics/fixtures/none/gt', predicted: 'packages/metrics/fixtures/none/raw' }),
  network: tinyPlans3D,
  pickle: copies({ 'plans.pkl': 'packages/pickle/fixtures/v1/plans.pkl' }),
  pipeline(folder) {
    linkedTask(folder);
    copies({ 'my-lab': 'docs/examples/my-lab' })(folder);
  },
  planner: copies({ 'dataset_properties.json': 'packages/schema/fixtures/plans/dataset_properties.json' }),
  plot: copies({
    'image.nii.gz': `${demo}/imagesTr/hippocampus_004.nii.gz`,
    'labels.nii.gz': `${demo}/labelsTr/hippocampus_004.nii.gz`,
  }),
  postprocess: copies({
    predicted: 'packages/postprocess/fixtures/foreground_then_class_ct_spacing/unseen',
    'postprocessing.json': 'packages/postprocess/fixtures/foreground_then_class_ct_spacing/postprocessing.json',
  }),
  report: linkedTask,
  serve: (folder) => writeTinyModel(join(folder, 'model')),
  web(folder) {
    writeTinyModel(join(folder, 'trained'));
    cpSync(join(folder, 'trained/fold_0/model_final_checkpoint.safetensors'), join(folder, 'model.safetensors'));
  },
  sharing(folder) {
    const model = { description: 'CT, liver', url: 'https://example.org/model.zip' };
    writeFileSync(join(folder, 'models.json'), JSON.stringify({ Task501_Liver: model }));
  },
  store: tinyPlans3D,
  preprocess(folder) {
    tinyPlans3D(folder);
    const images = 'packages/preprocess/fixtures/images/Task101_Aniso/imagesTs';
    copies({ 'aniso_10112_0000.nii.gz': `${images}/aniso_10112_0000.nii.gz` })(folder);
  },
  'torch-checkpoint': copies({ 'checkpoint.pt': 'packages/torch-checkpoint/fixtures/zip.pt' }),
  async trainer(folder) {
    const task = join(folder, 'nnUNet_preprocessed/Task900_Tiny');
    mkdirSync(task, { recursive: true });
    await writeTinyTask(task, [0]);
    writeFileSync(join(task, 'nnUNetPlansv2.1_plans_2D.json'), JSON.stringify(tinyPlans([8, 8])));
  },
  volume: copies({ 'case_0000.nii.gz': 'packages/volume/fixtures/hippocampus_165.nii.gz' }),
};
