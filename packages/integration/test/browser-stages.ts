import { isNnUNetError } from '@nnunet/errors';
import { extractFingerprint } from '@nnunet/fingerprint';
import { explainPlans, planExperiment } from '@nnunet/planner';
import { cropCase, preprocessCase, preprocessTestCase, restoreContext, restoreLabels } from '@nnunet/preprocess';
import { resize, resizeSegmentation } from '@nnunet/resample';
import { type CroppedCase, foregroundLabels, parseDatasetDescription, parsePlans } from '@nnunet/schema';
import { readNifti, readNiftiLabels, writeNiftiLabels } from '@nnunet/volume';

/** What the stages made: text as it is, arrays as length and SHA-256. */
export type StageResults = Record<string, string>;

const ids = ['hippocampus_004', 'hippocampus_023', 'hippocampus_041'];

/**
 * From files of a task to prepared cases and back to a label file, with nothing but the packages' root exports and what
 * browsers and Node have in common. The images are taken as MRI and as CT, so that both ways to normalise are run.
 *
 * @param read bytes of a file of the task
 */
export async function runStages(read: (path: string) => Promise<Uint8Array>): Promise<StageResults> {
  const results: StageResults = {};
  const text = new TextDecoder().decode(await read('dataset.json'));
  const description = parseDatasetDescription(text);
  const cases: CroppedCase[] = [];
  for (const id of ids) {
    const image = await readNifti(await read(`imagesTr/${id}.nii.gz`));
    const labels = await readNiftiLabels(await read(`labelsTr/${id}.nii.gz`));
    cases.push(cropCase([image], labels, { id }));
    results[`${id} cropped`] = await sumOf(cases.at(-1)!.images[0]!);
    results[`${id} properties`] = JSON.stringify(cases.at(-1)!.properties);
  }
  for (const modality of ['MRI', 'CT']) {
    const dataset = { modalities: { 0: modality }, classes: foregroundLabels(description) };
    const fingerprint = await extractFingerprint(cases, dataset);
    results[`${modality} fingerprint`] = JSON.stringify(fingerprint);
    for (const planner of ['ExperimentPlanner3D_v21', 'ExperimentPlanner2D_v21']) {
      const plans = parsePlans(JSON.stringify(planExperiment(fingerprint, { planner })));
      results[`${modality} ${planner}`] = `${JSON.stringify(plans)}\n${explainPlans(plans)}`;
      const prepared = preprocessCase(cases[0]!, plans, 0);
      results[`${modality} ${planner} prepared`] = `${prepared.shape} ${await sumOf(prepared.data)}`;
      results[`${modality} ${planner} locations`] = JSON.stringify(prepared.locations);
    }
  }
  await otherSpacing(cases[1]!, results);
  results.error = await readNifti(Uint8Array.of(31, 139, 8, 0, 1)).then(
    () => 'none',
    (error: unknown) => (isNnUNetError(error, 'bad-nifti') ? error.message : `not ours: ${error}`),
  );
  return results;
}

/** A case at another spacing than the task's, slices apart: there, and back to the whole image. */
async function otherSpacing(cropped: CroppedCase, results: StageResults): Promise<void> {
  const { shape, properties } = cropped;
  const coarse = { ...cropped, properties: { ...properties, original_spacing: [5, 0.8, 1.3] } };
  const fingerprint = await extractFingerprint([coarse], { modalities: { 0: 'MRI' }, classes: [1, 2] });
  const plans = planExperiment(fingerprint);
  plans.plans_per_stage['0']!.current_spacing = [3.7, 1, 1];
  const test = preprocessTestCase(coarse, plans, 0);
  results['test case'] = `${test.shape} ${await sumOf(test.data)} ${await sumOf(test.mask)}`;
  const voxels = test.mask.length;
  const softmax = new Float32Array(3 * voxels);
  for (let i = 0; i < softmax.length; i++) softmax[i] = (test.data[i % voxels]! * (1 + Math.floor(i / voxels))) % 1;
  const labels = restoreLabels(
    { data: softmax, shape: [3, ...test.shape.slice(1)] },
    test.properties,
    restoreContext(plans),
  );
  const [z, y, x] = labels.shape as [number, number, number];
  const file = writeNiftiLabels(labels.data, {
    shape: [z, y, x],
    spacing: [5, 0.8, 1.3],
    origin: [1, 2, 3],
    direction: properties.itk_direction,
  });
  results['label file'] = await sumOf(file);
  results.resized = await sumOf(resize(cropped.images[0]!, shape, [20, 21, 60], 3));
  results['labels resized'] = await sumOf(resizeSegmentation(cropped.segmentation, shape, [20, 21, 60], 1));
}

async function sumOf(array: Float32Array | Uint8Array): Promise<string> {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return `${array.length} values, SHA-256 ${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
