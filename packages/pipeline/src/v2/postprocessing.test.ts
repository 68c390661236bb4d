import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { readPostprocessing } from '@nnunet/postprocess/node';
import { readNpzFile, writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, writeLabels } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { ensembleV2 } from './ensemble-files.ts';
import { applyPostprocessingV2, determinePostprocessingV2 } from './postprocessing.ts';

let root: string;
const at = (...names: string[]) => join(root, ...names);
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };
const usual = { workers: 1, reporter };

const geometry = (x: number) =>
  ({ shape: [1, 1, x], spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] }) as const;

async function write(folder: string, labels: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await writeLabels(join(folder, 'c.nii.gz'), Uint8Array.from(labels, Number), geometry(labels.length));
}

function describeIn(folder: string, labels: object, order?: number[]): void {
  mkdirSync(folder, { recursive: true });
  const form = { channel_names: { 0: 'MRI' }, numTraining: 1, file_ending: '.nii.gz', regions_class_order: order };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify({ ...form, labels }));
  writeFileSync(join(folder, 'plans.json'), '{"image_reader_writer": "SimpleITKIO"}');
}

beforeEach(() => {
  root = temporaryFolder();
});

/** Decides on one case of labels 1 and 2, and returns the rule that the written pickle says. */
async function decide(prediction: string, reference: string, labels: object = { background: 0, a: 1, b: 2 }) {
  await write(at('pred'), prediction);
  await write(at('ref'), reference);
  describeIn(at('pred'), labels, [1, 2]);
  const options = { ...usual, folder: at('pred'), reference: at('ref'), keepPostprocessed: true };
  const determined = await determinePostprocessingV2(options);
  const rules = await Promise.all(
    ['pkl', 'json'].map((end) => readPostprocessing(at('pred', `postprocessing.${end}`))),
  );
  expect(rules[0]).toEqual(rules[1]);
  return { ...determined, entries: rules[0]!.entries };
}

const resultOf = async (folder: string) => (await readLabels(at(folder, 'c.nii.gz'))).data.join('');

it('builds each decision on those before it', async () => {
  // One object helps; after it, label 1 has a part left that is not in the reference.
  const { entries, before, after } = await decide('1122100100', '0122000000');
  expect(entries).toEqual([[1, 2], 1]);
  expect(await resultOf('pred/postprocessed')).toBe('1122000000');
  expect(before).toBeLessThan(after);
  expect(readdirSync(at('pred')).filter((name) => name.startsWith('.'))).toEqual([]);
});

it('lets a region gain though another falls', async () => {
  const labels = { background: 0, all: [1, 2], part: 2 };
  const { entries } = await decide('1110200220', '1110200000', labels);
  expect(entries).toEqual([[1, 2]]);
  const kept = JSON.parse(readFileSync(at('pred', 'postprocessing.json'), 'utf8'));
  expect(kept.postprocessing_kwargs).toEqual([{ labels_or_regions: [1, 2] }]);
  expect(Object.keys(kept.input_folder.mean).sort()).toEqual(['(1, 2)', '2']);
});

it('leaves out classes that occur nowhere, and uses current scores as they are', async () => {
  const { entries, after } = await decide('110100', '110000');
  expect(entries).toEqual([[1, 2]]);
  expect(after).toBe(1);
  // The same folder again, with scores of other files: they are made again.
  const file = at('pred', 'summary.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('c.nii.gz', 'other.nii.gz'));
  await determinePostprocessingV2({ ...usual, folder: at('pred'), reference: at('ref'), keepPostprocessed: false });
  expect(readFileSync(file, 'utf8')).toContain('c.nii.gz');
  expect(existsSync(at('pred', 'postprocessed'))).toBe(false);
});

it('applies what v2 wrote', async () => {
  await decide('110100', '110000');
  const options = { ...usual, folder: at('pred'), outputFolder: at('out') };
  expect(await applyPostprocessingV2({ ...options, postprocessingFile: at('pred', 'postprocessing.pkl') })).toBe(1);
  expect(await resultOf('out')).toBe('110000');
});

/** Probabilities of one case, (classes, voxels). */
async function predict(folder: string, probabilities: number[][]): Promise<void> {
  await write(at(folder), '0'.repeat(probabilities[0]!.length));
  const shape = [probabilities.length, 1, 1, probabilities[0]!.length];
  const data = Float32Array.from(probabilities.flat());
  await writeNpzFile(at(folder, 'c.npz'), { probabilities: { data, shape, dtype: 'float32' } });
  writeFileSync(at(folder, 'c.pkl'), folder);
}

it('averages probabilities, and takes the first of equal labels', async () => {
  describeIn(at('a'), { background: 0, x: 1, y: 2 });
  await predict('a', [[0.5, 0.2, 0.4], [0.5, 0.6, 0.2], [0, 0.2, 0.4]]); // biome-ignore format: a row
  await predict('b', [[0.5, 0.2, 0], [0.5, 0, 0.1], [0, 0.8, 0.9]]); // biome-ignore format: a row
  const options = { ...usual, folders: [at('a'), at('b')], outputFolder: at('out'), saveProbabilities: true };
  expect(await ensembleV2(options)).toEqual(['c']);
  expect(await resultOf('out')).toBe('022');
  const mean = (await readNpzFile(at('out', 'c.npz'))).get('probabilities')!;
  expect([...(mean.data as Float32Array)].map((p) => Number(p.toFixed(3)))).toEqual([
    0.5, 0.2, 0.2, 0.5, 0.3, 0.15, 0, 0.5, 0.65,
  ]);
  expect(readFileSync(at('out', 'c.pkl'), 'utf8')).toBe('a');
  for (const name of ['dataset.json', 'plans.json']) expect(existsSync(at('out', name))).toBe(true);
});

it('paints regions above a half in their order', async () => {
  describeIn(at('a'), { background: 0, whole: [1, 2], core: 2 }, [1, 2]);
  await predict('a', [[0.9, 0.9, 0.5], [0.9, 0.4, 0.1]]); // biome-ignore format: a row
  await ensembleV2({ ...usual, folders: [at('a')], outputFolder: at('out'), saveProbabilities: false });
  expect(await resultOf('out')).toBe('210');
});

it('wants the same cases of all models, with the classes of the dataset', async () => {
  describeIn(at('a'), { background: 0, x: 1 });
  await predict('a', [[1], [0]]);
  cpSync(at('a'), at('b'), { recursive: true });
  const tagOf = (folders: string[]) =>
    ensembleV2({
      ...usual,
      folders: folders.map((name) => at(name)),
      outputFolder: at('out'),
      saveProbabilities: false,
    }).catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));
  expect(await tagOf(['a', 'out'])).toBe('usage');
  await writeNpzFile(at('b', 'd.npz'), {});
  expect(await tagOf(['a', 'b'])).toBe('missing-predictions');
  describeIn(at('a'), { background: 0, x: 1, y: 2 });
  expect(await tagOf(['a'])).toBe('cases-failed');
});
