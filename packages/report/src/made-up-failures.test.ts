import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateFiles, writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import type { Triple } from '@nnunet/volume';
import { readLabels, writeLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectReport } from './collect-report.ts';
import { boxesOptions } from './report.fixture.ts';
import type { CaseEntry } from './report-data.ts';

const source = fileURLToPath(new URL('../../../../shared/data/Task04_Hippocampus/', import.meta.url));

/** A prediction as of a good model: the reference one voxel further along an axis. */
function shifted(labels: Uint8Array, [nz, ny, nx]: Triple, along: number): Uint8Array {
  const step = [ny * nx, nx, 1][along % 3]!;
  return Uint8Array.from({ length: nz * ny * nx }, (_, i) => (i >= step ? labels[i - step]! : 0));
}

/** The prediction of an image that is mirrored along x. */
function mirrored(labels: Uint8Array, [, , nx]: Triple): Uint8Array {
  return labels.map((_, i) => labels[i - (i % nx) + nx - 1 - (i % nx)]!);
}

describe.skipIf(!existsSync(source))('made-up failures among real cases (needs ../shared/data)', () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus');
  const validation = join(
    root,
    'nnUNet_results/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0/validation_raw',
  );
  const options = {
    roots,
    ...boxesOptions,
    task: '4',
    cases: 4,
  };
  let [empty, flipped, swapped] = ['', '', ''];
  let cases: CaseEntry[];

  beforeAll(async () => {
    for (const folder of [join(raw, 'imagesTr'), join(raw, 'labelsTr'), validation])
      await mkdir(folder, { recursive: true });
    const files = (await readdir(join(source, 'labelsTr'))).filter((name) => /^\w+\.nii\.gz$/.test(name)).sort();
    const ids = files.slice(0, 24).map((name) => name.replace('.nii.gz', ''));
    [empty, flipped, swapped] = [ids[5]!, ids[11]!, ids[17]!];
    for (const [i, id] of ids.entries()) {
      const labelFile = join(raw, `labelsTr/${id}.nii.gz`);
      await symlink(join(source, `imagesTr/${id}.nii.gz`), join(raw, `imagesTr/${id}_0000.nii.gz`));
      await symlink(join(source, `labelsTr/${id}.nii.gz`), labelFile);
      const reference = await readLabels(labelFile);
      const good = shifted(Uint8Array.from(reference.data), reference.shape, i);
      const predicted =
        id === empty
          ? good.map(() => 0)
          : id === flipped
            ? mirrored(good, reference.shape)
            : id === swapped
              ? good.map((label) => [0, 2, 1][label]!)
              : good;
      await writeLabels(join(validation, `${id}.nii.gz`), predicted, reference);
    }
    const { labels, modality } = JSON.parse(readFileSync(join(source, 'dataset.json'), 'utf8'));
    const training = ids.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
    await writeFile(join(raw, 'dataset.json'), JSON.stringify({ name: 'Hippocampus', labels, modality, training }));
    const pairs = ids.map((id) => ({
      test: join(validation, `${id}.nii.gz`),
      reference: join(raw, `labelsTr/${id}.nii.gz`),
    }));
    const scored = await evaluateFiles({ pairs, labels: [0, 1, 2], workers: 1 });
    await writeSummary(join(validation, 'summary.json'), stampedSummary(scored));
    ({ cases } = await collectReport({ ...options, roots }));
  });

  it('are at the head of the cases, each with its reason', () => {
    expect(cases).toHaveLength(24);
    expect(
      cases
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([empty, flipped, swapped].sort());
    const of = (id: string) => cases.find((one) => one.id === id)!;
    expect(of(empty).remarks[0]).toMatch(
      /^Nothing is predicted, but the reference contains [\d.]+ ml of foreground\.$/,
    );
    expect(of(flipped).remarks[0]).toMatch(
      /^With left and right exchanged, the prediction matches the reference better /,
    );
    expect(of(swapped).remarks[0]).toMatch(/^Anterior and Posterior seem to be exchanged: the other way round, /);
    expect(of(empty)).toMatchObject({ meanDice: 0, origin: '3d_fullres, fold 0, validation' });
  });

  it('have the Dice of summary.json, and pictures and volumes for as many as were asked for', () => {
    const { all } = JSON.parse(readFileSync(join(validation, 'summary.json'), 'utf8')).results;
    for (const scores of all) {
      const id = scores.test.split('/').at(-1).replace('.nii.gz', '');
      expect(cases.find((one) => one.id === id)!.dice).toEqual({ 1: scores[1].Dice, 2: scores[2].Dice });
    }
    const drawn = cases.filter(({ pictures }) => pictures.length > 0);
    expect(drawn).toHaveLength(4);
    expect(new Set(drawn.map(({ role }) => role))).toEqual(new Set(['worst', 'median', 'best', 'outlier']));
    for (const { pictures, volume } of drawn) {
      expect(pictures.map(({ title }) => title)).toEqual([
        expect.stringMatching(/^Image, slice \d+ of \d+$/),
        'Reference',
        'Prediction',
      ]);
      expect(volume).toMatchObject({ steps: [1, 1, 1], prediction: expect.stringMatching(/^H4sI/) });
    }
  });

  it('are at the head of predictions without references too', async () => {
    const { predictions, scores } = await collectReport({
      ...options,
      roots,
      configurations: ['2d'],
      predicted: { predictions: validation, images: join(raw, 'imagesTr') },
    });
    expect(scores).toBeNull();
    const { cases } = predictions!;
    expect(
      cases
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([empty, flipped, swapped].sort());
    expect(cases.find(({ id }) => id === empty)).toMatchObject({
      volumes: { 1: 0, 2: 0 },
      components: { 1: 0, 2: 0 },
      disagreement: null,
      remarks: [
        'No Anterior, which all 24 training label maps contain.',
        'No Posterior, which all 24 training label maps contain.',
      ],
    });
  });

  it('and the predictions of images with references are scored', async () => {
    const { cases, scores, predictions } = await collectReport({
      ...options,
      roots,
      configurations: ['2d'],
      predicted: { predictions: validation, images: join(raw, 'imagesTr'), references: join(raw, 'labelsTr') },
    });
    expect(predictions).toBeNull();
    expect(cases.slice(0, 3).map(({ origin }) => origin)).toEqual(['test images', 'test images', 'test images']);
    const { all } = JSON.parse(readFileSync(join(validation, 'summary.json'), 'utf8')).results;
    for (const { test, 1: first } of all) {
      const id = test.split('/').at(-1).replace('.nii.gz', '');
      for (const metric of ['Dice', 'Jaccard', 'Recall']) expect(scores!.test![metric]![1]![id]).toBe(first[metric]);
    }
  });
});
