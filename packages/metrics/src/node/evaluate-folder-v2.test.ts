import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { parseDatasetV2 } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import type { GridNotice } from '@nnunet/volume/internal';
import { writeVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { classesV2 } from '../v2/class-keys.ts';
import { parseSummaryV2 } from '../v2/summary-v2.ts';
import { evaluateFolderV2, readSummaryV2 } from './evaluate-folder-v2.ts';

const root = temporaryFolder();
let count = 0;

/** Folders of references and predictions: of each case, where its prediction lies. */
async function folders(origins: Readonly<Record<string, number>>, references = Object.keys(origins)) {
  const made = ['ref', 'pred'].map((name) => join(root, `${count}`, name));
  const [reference, predictions] = made as [string, string];
  count++;
  for (const folder of made) mkdirSync(folder, { recursive: true });
  const label = { data: Uint8Array.of(0, 1, 1, 2, 2, 0), shape: [1, 2, 3], spacing: [1, 1, 1] } as const;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;
  for (const name of references)
    await writeVolume(join(reference, `${name}.nii.gz`), { ...label, origin: [0, 0, 0], direction });
  for (const [name, x] of Object.entries(origins))
    await writeVolume(join(predictions, `${name}.nii.gz`), { ...label, origin: [x, 0, 0], direction });
  return { reference, predictions, fileEnding: '.nii.gz', classes: [1, 2], workers: 1 };
}

const tagOf = (work: Promise<unknown>) => work.catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));

it('scores the predictions, with a warning about those that lie elsewhere', async () => {
  const notices: GridNotice[] = [];
  const options = await folders({ a: 0, b: 5 });
  const summary = await evaluateFolderV2({ ...options, onNotice: (notice) => notices.push(notice) });
  expect(summary.metric_per_case.map((one) => one.prediction_file)).toEqual(
    ['a', 'b'].map((name) => `${options.predictions}/${name}.nii.gz`),
  );
  expect(summary.foreground_mean).toMatchObject({ Dice: 1, TP: 2, TN: 4 });
  expect(notices.map(({ text }) => text)).toEqual([expect.stringMatching(/b\.nii\.gz is not at the same position/)]);
  expect(await readSummaryV2(join(options.predictions, 'summary.json'))).toEqual(summary);
});

it('wants a prediction of each reference, unless told otherwise, and a reference of each prediction', async () => {
  const fewer = await folders({ a: 0 }, ['a', 'b']);
  await expect(evaluateFolderV2(fewer)).rejects.toMatchObject({
    tag: 'missing-predictions',
    remedy: `Predict these cases too, score only the others (\`chill\`), or remove their references from ${fewer.reference}.`,
  });
  const outputFile = join(root, 'other', 'scores.json');
  expect((await evaluateFolderV2({ ...fewer, chill: true, outputFile })).metric_per_case).toHaveLength(1);
  expect(existsSync(outputFile)).toBe(true);
  expect(existsSync(join(fewer.predictions, 'summary.json'))).toBe(false);
  expect(await tagOf(evaluateFolderV2(await folders({ a: 0, b: 0 }, ['a'])))).toBe('missing-references');
  expect(await tagOf(evaluateFolderV2({ ...(await folders({}, [])), chill: true }))).toBe('missing-predictions');
});

it('leaves no summary where a file cannot be scored', async () => {
  const options = await folders({ a: 0, b: 0 });
  await evaluateFolderV2(options);
  writeFileSync(join(options.predictions, 'b.nii.gz'), 'no image');
  expect(await tagOf(evaluateFolderV2(options))).toBe('cases-failed');
  expect(existsSync(join(options.predictions, 'summary.json'))).toBe(false);
});

const golden = fileURLToPath(new URL('../../../../../shared/golden/v2', import.meta.url));

describe.skipIf(!existsSync(golden))('as nnU-Net v2 (skipped without ../shared)', () => {
  it.each(['Dataset121_Regions', 'Dataset122_Ignore'])('scores the validation of %s', async (name) => {
    const model = join(golden, 'models', name, 'nnUNetTrainer__nnUNetPlansSmall__3d_fullres');
    const predictions = join(root, name);
    cpSync(join(model, 'fold_0/validation'), predictions, { recursive: true });
    const expected = parseSummaryV2(readFileSync(join(predictions, 'summary.json'), 'utf8'));
    const { labels, fileEnding } = parseDatasetV2(readFileSync(join(model, 'dataset.json'), 'utf8'));
    const summary = await evaluateFolderV2({
      reference: join(golden, 'data', name, 'labelsTr'),
      predictions,
      fileEnding,
      classes: classesV2(labels),
      ignore: labels.ignore,
      chill: true,
      workers: 1,
    });
    const scores = ({ metric_per_case: cases, ...means }: typeof summary) => ({
      ...means,
      cases: cases.map(({ metrics }) => metrics),
    });
    expect(scores(summary)).toEqual(scores(expected));
  });
});
