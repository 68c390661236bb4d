// Predicts an image stage by stage, as model.predict does: node stages.js MODEL_FOLDER IMAGE.nii.gz LABELS.nii.gz
import { readFile, writeFile } from 'node:fs/promises';
import { loadModel } from '@nnunet/inference/node';
import { applyPostprocessing } from '@nnunet/postprocess';
import { readPostprocessing } from '@nnunet/postprocess/node';
import { cropCase, preprocessTestCase, restoreContext, restoreLabels } from '@nnunet/preprocess';
import { readNifti, writeNifti } from '@nnunet/volume';

const [modelFolder = '', imageFile = '', labelFile = ''] = process.argv.slice(2);
const model = await loadModel(modelFolder);
if (model.version !== 1) throw new Error('This is a model of nnU-Net v2, which has other stages.');
const { plans, stage, regionClassOrder } = model.description;

const image = await readNifti(await readFile(imageFile));
const cropped = cropCase([image], null, { id: 'case' });
const { data, shape, properties } = preprocessTestCase(cropped, plans, stage);
const probabilities = await model.ensemble.predict({ data, shape });
const restored = restoreLabels(probabilities, properties, { ...restoreContext(plans), regionClassOrder });
const rule = await readPostprocessing(`${modelFolder}/postprocessing.json`);
const labels = applyPostprocessing({ ...image, data: restored.data }, rule);
await writeFile(labelFile, writeNifti(labels));

const whole = (await model.predict(image)).labels();
console.log(labels.data.every((label, voxel) => label === whole.data[voxel])); // true
await model.dispose();
