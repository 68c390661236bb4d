// node predict.mjs MODEL_FOLDER IMAGE.nii.gz LABELS.nii.gz
import { loadModel } from '@nnunet/inference/node';
import { readVolume, writeVolume } from '@nnunet/volume/node';

const [modelFolder, imageFile, labelFile] = process.argv.slice(2);
const abort = new AbortController();
process.once('SIGINT', () => abort.abort());

const model = await loadModel(modelFolder);
const volume = await readVolume(imageFile);
const prediction = await model.predict(volume, {
  signal: abort.signal,
  onProgress: ({ done, total }) => process.stderr.write(`\r${Math.round((100 * done) / total)} % `),
});
const labels = prediction.labels();
await writeVolume(labelFile, labels);
await model.dispose();

const voxelVolume = labels.spacing[0] * labels.spacing[1] * labels.spacing[2];
for (const label of new Set(labels.data).values())
  console.log(`label ${label}: ${(labels.data.filter((l) => l === label).length * voxelVolume).toFixed(1)} mm³`);
