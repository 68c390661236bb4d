import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { postprocessPredictions } from './postprocess-predictions.ts';
import { listener } from './small-task.fixture.ts';

const grid = {
  shape: [1, 1, 7],
  spacing: [1, 1, 1],
  origin: [4, 5, 6],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const before = Uint8Array.of(1, 0, 1, 1, 0, 2, 2);
/** Only the largest component of label 1 stays. */
const after = Uint8Array.of(0, 0, 1, 1, 0, 2, 2);
let root: string;

beforeEach(async () => {
  root = temporaryFolder();
  mkdirSync(join(root, 'in'));
  mkdirSync(join(root, 'empty'));
  for (const name of ['a.nii.gz', 'b.nii.gz']) await writeVolume(join(root, 'in', name), { ...grid, data: before });
  writeFileSync(join(root, 'postprocessing.json'), '{"for_which_classes": [1], "min_valid_object_sizes": null}');
});

const run = (input: string, output: string, more = {}) => {
  const at = (path: string) => join(root, path);
  const options = { input: at(input), output: at(output), postprocessing: root, workers: 1, reporter: listener() };
  return postprocessPredictions({ ...options, ...more });
};

it('applies a rule to all label maps of a folder, from the file or the folder that has it', async () => {
  const reporter = listener();
  const written = await run('in', 'out', { reporter, postprocessing: join(root, 'postprocessing.json') });
  expect(written).toEqual(['a', 'b'].map((id) => join(root, 'out', `${id}.nii.gz`)));
  expect(readdirSync(join(root, 'out')).sort()).toEqual(['a.nii.gz', 'b.nii.gz']);
  for (const file of written) expect(await readLabels(file)).toMatchObject({ data: after, origin: [4, 5, 6] });
  expect((await readLabels(join(root, 'in/a.nii.gz'))).data).toEqual(before);
  expect(reporter.messages).toHaveLength(1);
  expect(reporter.progressed.at(-1)).toMatchObject({ what: 'postprocessing', done: 2, total: 2 });
});

it('applies it to a single file, also in place', async () => {
  expect(await run('in/a.nii.gz', 'new/x.nii')).toEqual([join(root, 'new/x.nii')]);
  expect((await readLabels(join(root, 'new/x.nii'))).data).toEqual(after);
  await run('in/a.nii.gz', 'in/a.nii.gz');
  expect((await readLabels(join(root, 'in/a.nii.gz'))).data).toEqual(after);
});

it("takes v2's file from a folder, and says where the postprocessing of a model of v2 is", async () => {
  const at = (name: string) => join(root, 'v2', name);
  mkdirSync(at('crossval'), { recursive: true });
  writeFileSync(at('crossval/postprocessing.pkl'), 'no pickle');
  await expect(run('in', 'out', { postprocessing: at('crossval') })).rejects.toThrow(
    /crossval.postprocessing\.pkl: cannot be read as a pickle/,
  );
  await expect(run('in', 'out', { postprocessing: at('.') })).rejects.toMatchObject({ tag: 'missing-file' });
  writeFileSync(at('plans.json'), '{"configurations": {}}');
  writeFileSync(at('dataset.json'), '{}');
  await expect(run('in', 'out', { postprocessing: at('.') })).rejects.toMatchObject({
    tag: 'usage',
    remedy: expect.stringContaining('nnUNetv2_apply_postprocessing'),
  });
});

it('writes the names of labels beside the results where they are beside the label maps', async () => {
  const names = 'index\tname\tcolor\n1\tliver\t#4363d8\n';
  writeFileSync(join(root, 'in/dseg.tsv'), names);
  await run('in', 'out');
  expect(readFileSync(join(root, 'out/dseg.tsv'), 'utf8')).toBe(names);
  await run('in/a.nii.gz', 'new/x.nii');
  expect(readFileSync(join(root, 'new/x.tsv'), 'utf8')).toBe(names);
  writeFileSync(join(root, 'in/a.tsv'), names.replace('liver', 'spleen'));
  const reporter = listener();
  await run('in/a.nii.gz', 'new/x.nii', { reporter });
  expect(readFileSync(join(root, 'new/x.tsv'), 'utf8')).toBe(names);
  expect(reporter.warnings[0]).toBe(`${join(root, 'new/x.tsv')} already exists with other content, and is kept`);
});

it('says what does not go together, or is missing', async () => {
  await expect(run('in/a.nii.gz', 'empty')).rejects.toMatchObject({ tag: 'usage', where: join(root, 'empty') });
  await expect(run('empty', 'out')).rejects.toMatchObject({ tag: 'no-images', where: join(root, 'empty') });
  await expect(run('nowhere.nii.gz', 'x.nii.gz')).rejects.toMatchObject({ tag: 'missing-file' });
  await expect(run('in', 'out', { postprocessing: join(root, 'in') })).rejects.toMatchObject({ tag: 'missing-file' });
  await expect(run('in', 'out', { workers: 0 })).rejects.toMatchObject({ tag: 'usage' });
});
