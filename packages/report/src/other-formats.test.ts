import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateFolderV2 } from '@nnunet/metrics/node';
import { plotPredictions, plotTask, validationFolders } from '@nnunet/pipeline';
import { describedTask, loadImageFormats } from '@nnunet/pipeline/internal';
import { plotOverlaysV2 } from '@nnunet/pipeline/v2';
import { png } from '@nnunet/plot/internal';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { type ImageFormats, shippedFormats, type Triple } from '@nnunet/volume';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { collectReport } from './collect-report.ts';
import { renderReport } from './page/render-report.ts';
import { boxes, boxesOptions, GEOMETRY, SHAPE, silent } from './report.fixture.ts';

const { formats: itk, readerFormats } = await loadImageFormats('a.nrrd', shippedFormats);
const flat = shippedFormats.with(...readerFormats.NaturalImage2DIO!);
const stacks = shippedFormats.with(...readerFormats.Tiff3DIO!);

interface Kind {
  ending: string;
  formats: ImageFormats;
  /** (z, y, x) */
  shape: Triple;
  /** Names of the channels. */
  channels: string[];
  /** Spacing in the report. */
  spacing: readonly number[];
  /** dataset.json names it. */
  reader?: string;
}

const ONE = [1, SHAPE[1], SHAPE[2]] as const;
const space = { shape: SHAPE, channels: ['MRI'], spacing: GEOMETRY.spacing };
const picture = { shape: ONE, channels: ['grey'], spacing: [1, 1, 1], formats: flat };
const kinds: Kind[] = [
  ...['.nii', '.nii.gz'].map((ending) => ({ ...space, ending, formats: shippedFormats })),
  ...['.nrrd', '.mha', '.gipl'].map((ending) => ({ ...space, ending, formats: itk })),
  { ...space, ending: '.tiff', formats: stacks },
  { ...space, ending: '.tif', formats: stacks },
  { ...space, ending: '.tif', formats: stacks, reader: 'Tiff3DIO' },
  ...['.png', '.bmp', '.tif'].map((ending) => ({ ...picture, ending })),
  { ...picture, ending: '.png', channels: ['R', 'G', 'B'] },
];

const IDS = ['c0', 'c1'];
const NAME = 'Dataset900_Boxes';
const middle = (labels: Uint8Array) => labels.slice(2 * SHAPE[1] * SHAPE[2], 3 * SHAPE[1] * SHAPE[2]);
const labelsOf = (wide: number, { shape }: Kind) => (shape === ONE ? middle(boxes(wide)) : boxes(wide));

/** Writes the image of a case: label 1 has the intensity 100, label 2 200, the rest 10; one less in each further colour. */
async function writeImage(file: string, labels: Uint8Array, { shape, channels, formats }: Kind): Promise<void> {
  const data = labels.map((label) => [10, 100, 200][label]!);
  if (channels.length === 1) return writeVolume(file, { ...GEOMETRY, shape, data }, formats);
  const colours = Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]! - (i % 3));
  writeFileSync(file, png.encode({ data: colours, width: shape[2], height: shape[1], channels: 3, depth: 8 }));
}

/** Writes a dataset and the validation of a fold, in which labels 1 and 2 are exchanged. */
async function writeDataset(kind: Kind) {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const raw = join(root, 'nnUNet_raw', NAME);
  const validation = join(root, 'nnUNet_results', NAME, 'nnUNetTrainer__nnUNetPlans__2d/fold_0/validation');
  const references = join(root, 'nnUNet_preprocessed', NAME, 'gt_segmentations');
  const folders = [validation, references, ...['imagesTr', 'labelsTr', 'imagesTs'].map((name) => join(raw, name))];
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const { shape, formats, ending, channels } = kind;
  for (const [i, id] of IDS.entries()) {
    const labels = labelsOf(i + 1, kind);
    await writeImage(join(raw, `imagesTr/${id}_0000${ending}`), labels, kind);
    for (const folder of [join(raw, 'labelsTr'), references])
      await writeVolume(join(folder, id + ending), { ...GEOMETRY, shape, data: labels }, formats);
    const exchanged = labels.map((label) => [0, 2, 1][label]!);
    await writeVolume(join(validation, id + ending), { ...GEOMETRY, shape, data: exchanged }, formats);
  }
  await writeImage(join(raw, `imagesTs/c0_0000${ending}`), labelsOf(2, kind), kind);
  const description = {
    channel_names: Object.fromEntries(channels.entries()),
    labels: { background: 0, left: 1, right: 2 },
    numTraining: IDS.length,
    file_ending: ending,
    ...(kind.reader && { overwrite_image_reader_writer: kind.reader }),
  };
  for (const folder of [raw, join(references, '..')])
    writeFileSync(join(folder, 'dataset.json'), JSON.stringify(description));
  const how = { classes: [1, 2], ignore: null, fileEnding: ending, formats, chill: true, workers: 1 };
  await evaluateFolderV2({ ...how, reference: references, predictions: validation });
  return { root, roots, raw, validation, references };
}

describe.each(kinds)('a dataset of $ending, $channels, $shape', (kind) => {
  it('is reported on, with its pictures, as one of NIfTI is', async () => {
    const { roots, raw, validation, references } = await writeDataset(kind);
    const predicted = { predictions: validation, references, images: join(raw, 'imagesTr') };
    // Threads read for themselves.
    const workers = kind === kinds.at(-1) ? 2 : 1;
    const data = await collectReport({ ...boxesOptions, workers, roots, predicted });
    const { cases, faults, notes, gallery } = data.dataset!;
    expect(faults).toEqual([]);
    const slices = kind.shape[0] === 1 ? 1 : 4;
    const voxel = kind.spacing[0]!;
    expect(cases.map(({ id, shape, spacing, volumes }) => ({ id, shape, spacing, volumes }))).toEqual(
      [...IDS, 'c0'].map((id, i) => {
        const volume = 6 * slices * voxel * (i + 1);
        const volumes = i === IDS.length ? [null, null] : [volume, volume];
        return { id, shape: [...kind.shape], spacing: [...kind.spacing], volumes };
      }),
    );
    // Medians of all channels.
    const medians = cases[0]!.intensities.map((range) => range![1]);
    expect(medians).toEqual(kind.channels.map((_, c) => 150 - c));
    expect(gallery).toHaveLength(2);
    expect(notes.some((note) => note.includes('lengths are in pixels'))).toBe(kind.shape[0] === 1);
    // The validation, and the same again as images to test.
    expect(data.cases).toHaveLength(4);
    for (const one of data.cases) {
      expect(one.dice).toEqual({ 1: 0, 2: 0 });
      expect(one.pictures).toHaveLength(3);
      expect(one.volume).not.toBeNull();
    }
    expect(data.missing.filter((text) => /image|reference/.test(text))).toEqual([]);
    expect(renderReport(data)).toContain('by the rules of nnU-Net v2');
  });

  it('is drawn: raw, validated, and from folders whose files alone say what they are', async () => {
    const { root, roots, raw, validation, references } = await writeDataset(kind);
    const pictures = (folder: string) => IDS.map((id) => existsSync(join(root, folder, `${id}.png`)));
    const all = IDS.map(() => true);
    const overlays = {
      roots,
      dataset: NAME,
      raw: true,
      plans: 'nnUNetPlans',
      intensity: 0.6,
      workers: 1,
      reporter: silent,
    };
    const last = kind.channels.length - 1;
    expect(await plotOverlaysV2({ ...overlays, channel: last, outputFolder: join(root, 'raw') })).toBe(2);
    expect(pictures('raw')).toEqual(all);
    const model = { task: '900', configuration: '2d', trainer: 'nnUNetTrainerV2', plansIdentifier: 'nnUNetPlansv2.1', fold: '0', validationFolder: 'validation_raw' }; // biome-ignore format: a line
    const { rules: _, ...fold } = await validationFolders({ ...model, roots });
    const drawing = { modality: last, reporter: silent };
    expect(await plotPredictions({ ...fold, ...drawing, outputFolder: join(root, 'fold') })).toBe(2);
    expect(pictures('fold')).toEqual(all);
    const given = { images: join(raw, 'imagesTr'), predictions: validation, references };
    const { known } = await describedTask(roots, NAME);
    await plotPredictions({ known, ...given, ...drawing, outputFolder: join(root, 'plain') });
    for (const id of IDS) {
      const [one, other] = ['fold', 'plain'].map((name) => readFileSync(join(root, name, `${id}.png`)));
      expect(one!.equals(other!)).toBe(true);
    }
    const missing = plotPredictions({ ...given, known: {}, ...drawing, modality: 3, outputFolder: join(root, 'none') });
    await expect(missing).rejects.toThrow(
      kind.channels.length > 1 || kind.formats === flat ? /no channel 3/ : /c0_0003\./,
    );
  });
});

it('draws predicted images of other formats beside their label maps in NIfTI', async () => {
  const kind = kinds.find(({ ending }) => ending === '.mha')!;
  const { root, roots, raw, validation } = await writeDataset(kind);
  const predictions = join(root, 'predicted');
  mkdirSync(predictions);
  for (const id of IDS) {
    const labels = await readLabels(join(validation, `${id}.mha`), itk);
    await writeVolume(join(predictions, `${id}.nii.gz`), labels);
  }
  const images = join(raw, 'imagesTr');
  const data = await collectReport({ ...boxesOptions, roots, predicted: { predictions, images } });
  expect(data.predictions!.cases.map(({ pictures }) => pictures.length)).toEqual([2, 2]);
  const outputFolder = join(root, 'out');
  expect(await plotPredictions({ images, predictions, known: {}, modality: 0, outputFolder, reporter: silent })).toBe(
    2,
  );
});

it('draws a raw task of v1 before its images are converted', async () => {
  const kind = kinds.find(({ ending }) => ending === '.nrrd')!;
  const root = temporaryFolder();
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task900_Boxes');
  for (const name of ['imagesTr', 'labelsTr']) mkdirSync(join(raw, name), { recursive: true });
  for (const [i, id] of IDS.entries()) {
    const labels = labelsOf(i + 1, kind);
    await writeImage(join(raw, `imagesTr/${id}_0000.nrrd`), labels, kind);
    await writeVolume(join(raw, `labelsTr/${id}.nrrd`), { ...GEOMETRY, data: labels }, itk);
  }
  const roots = resolveRoots({ root, env: {} });
  const drawing = {
    roots,
    task: '900',
    outputFolder: join(root, 'out'),
    modality: 0,
    raw: true,
    workers: 1,
    reporter: silent,
  };
  expect(await plotTask(drawing)).toBe(2);
  await expect(plotTask({ ...drawing, modality: 1 })).rejects.toThrow(/c0_0001/);
});
