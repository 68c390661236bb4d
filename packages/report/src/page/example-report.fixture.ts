import { gzipSync } from 'node:zlib';
import { encodePng } from '@nnunet/plot';
import { writeNifti } from '@nnunet/volume';
import type {
  CaseEntry,
  DatasetCase,
  FoldEntry,
  Picture,
  PredictedCase,
  ReportData,
  ScoresSection,
  VolumeEntry,
} from '../report-data.ts';

/** Numbers from 0 to 1 that look random and are always the same. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

const LABELS = [
  { value: 1, name: 'anterior', color: '#4363d8' },
  { value: 2, name: 'posterior', color: '#f58231' },
];

/** A grey disc with a coloured one in it. */
function picture(title: string, shift: number, [r, g, b]: [number, number, number] = [128, 128, 128]): Picture {
  const [height, width] = [120, 150];
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.hypot(y - 60, x - 75);
      const inside = Math.hypot(y - 55, x - 70 - shift) < 18;
      const grey = distance < 52 ? 90 + 60 * noise(x + y * width) : 8;
      data.set(inside ? [r, g, b] : [grey, grey, grey], (y * width + x) * 3);
    }
  }
  const url = `data:image/png;base64,${Buffer.from(encodePng({ data, height, width })).toString('base64')}`;
  return { source: url, title, alternative: `${title}: a bright disc in slice 12 of 35` };
}

/** A noisy ball with two labelled balls in it; those of the prediction are shifted. */
function volume(shift: number, hasReference: boolean): VolumeEntry {
  const shape: [number, number, number] = [24, 36, 30];
  const draw = (data: Float32Array | Uint8Array, valueAt: (z: number, y: number, x: number) => number) => {
    for (let i = 0; i < data.length; i++) {
      data[i] = valueAt(Math.floor(i / (36 * 30)) - 12, (Math.floor(i / 30) % 36) - 18, (i % 30) - 15);
    }
    const bytes = writeNifti({
      data,
      shape,
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    });
    return gzipSync(bytes).toString('base64');
  };
  const size = shape[0] * shape[1] * shape[2];
  const labelAt = (by: number) => (z: number, y: number, x: number) =>
    Math.hypot(z, y + 6, x - by) < 5 ? 1 : Math.hypot(z, y - 6, x - by) < 6 ? 2 : 0;
  return {
    image: draw(new Float32Array(size), (z, y, x) =>
      Math.hypot(z * 1.2, y, x) < 14
        ? 60 + 60 * noise(x + 30 * y + 900 * z) + 40 * Math.min(1, labelAt(0)(z, y, x))
        : 0,
    ),
    reference: hasReference ? draw(new Uint8Array(size), labelAt(0)) : null,
    prediction: draw(new Uint8Array(size), labelAt(shift)),
    steps: [1, 1, 1],
  };
}

function datasetCase(i: number): DatasetCase {
  return {
    id: `hippocampus_${String(i).padStart(3, '0')}`,
    training: i < 26,
    shape: [32 + Math.round(8 * noise(i)), 48 + Math.round(10 * noise(i + 50)), 34 + Math.round(6 * noise(i + 99))],
    spacing: [1, 1, 1],
    intensities: [[20 + 15 * noise(i), 300 + 200 * noise(i + 7), 900 + 500 * noise(i + 3)]],
    volumes: i < 26 ? [1400 + 700 * noise(i + 11), 1200 + 600 * noise(i + 13)] : [null, null],
  };
}

function fold(i: number, trainer: number): FoldEntry {
  const epochs = i === 4 && trainer === 1 ? 31 : 50;
  const curve = (from: number, to: number, seed: number) =>
    Array.from({ length: epochs }, (_, e) => to + (from - to) * Math.exp(-e / 9) + 0.04 * (noise(seed + e) - 0.5));
  return {
    fold: String(i),
    epochs,
    finished: epochs === 50,
    trainLosses: curve(0.3, -0.82 - 0.01 * i, i * 100),
    validationLosses: curve(0.25, -0.76 + 0.01 * i, i * 100 + 7000),
    dice: curve(0.05, 0.87 - 0.008 * i, i * 100 + 9000),
    learningRates: Array.from({ length: epochs }, (_, e) => 0.01 * (1 - e / 50) ** 0.9),
    seconds: 4000 + 900 * i,
    machine: i % 2 === 0 ? 'node-a, 8 processors' : null,
    changed: [{ name: 'epochs', value: '50', usual: '1000' }],
    validation: epochs === 50 ? { 1: 0.88 - 0.01 * i, 2: 0.86 - 0.008 * i } : null,
  };
}

const validated = Array.from({ length: 20 }, (_, i) => datasetCase(i).id);

function scores(): ScoresSection {
  const dice = (level: number, seed: number) =>
    Object.fromEntries(validated.map((id, i) => [id, i === 3 ? 0.31 : level + 0.07 * (noise(seed + i) - 0.5)]));
  return {
    candidates: [
      {
        name: '2d',
        dice: { 1: dice(0.85, 1), 2: dice(0.83, 40) },
        means: { 1: 0.8487, 2: 0.8295 },
        mean: 0.8391,
        meanPostprocessed: 0.8402,
        cases: 20,
        best: false,
      },
      {
        name: '3d_fullres',
        dice: { 1: dice(0.89, 2), 2: dice(0.87, 80) },
        means: { 1: 0.8885, 2: 0.8689 },
        mean: 0.8787,
        meanPostprocessed: 0.8799,
        cases: 20,
        best: true,
      },
      {
        name: '2d + 3d_fullres',
        dice: { 1: dice(0.888, 3), 2: dice(0.868, 120) },
        means: { 1: 0.8879, 2: 0.8683 },
        mean: 0.8781,
        meanPostprocessed: null,
        cases: 20,
        best: false,
      },
    ],
    postprocessing: ['Only the largest component of anterior is kept: mean Dice rose from 0.8787 to 0.8799.'],
    differences: [
      { other: '2d', difference: 0.0396, low: 0.0312, high: 0.0487, cases: 20 },
      { other: '2d + 3d_fullres', difference: 0.0006, low: -0.0021, high: 0.0033, cases: 20 },
    ],
    notes: [],
    test: {
      Dice: { 1: { hippocampus_026: 0.88, hippocampus_027: 0.9 }, 2: { hippocampus_026: 0.85, hippocampus_027: null } },
    },
  };
}

function comparedCase(id: string, i: number): CaseEntry {
  const role = ([null, 'worst', 'median', 'best'] as const)[i] ?? null;
  const mean = [0.31, 0.55, 0.87, 0.93][i] ?? 0.85 + 0.03 * noise(i);
  return {
    id,
    origin: '3d_fullres, fold 0, validation',
    dice: { 1: mean + 0.01, 2: mean - 0.01 },
    meanDice: mean,
    remarks:
      i === 0 ? ['Nothing was predicted of posterior.', 'anterior: 0.2 ml is far below the training cases.'] : [],
    role: i === 0 ? 'outlier' : role,
    pictures:
      i < 4
        ? [
            picture('Image', 0),
            picture('Reference', 0, [67, 99, 216]),
            picture('Prediction', 4 * (4 - i), [67, 99, 216]),
          ]
        : [],
    volume: i < 2 ? volume(4 - 3 * i, true) : null,
  };
}

function predictedCase(i: number): PredictedCase {
  return {
    id: `new_${i}`,
    volumes: { 1: 1500 + 300 * noise(i), 2: i === 0 ? 0 : 1300 + 200 * noise(i + 5) },
    components: { 1: 1, 2: i === 0 ? 0 : 2 },
    remarks: i === 0 ? ['posterior is missing; every training case has it.'] : [],
    disagreement: 0.05 + 0.2 * noise(i + 2),
    disagreementOf: 'probabilities',
    pictures: i === 0 ? [picture('Image', 0), picture('Prediction', 3, [245, 130, 49])] : [],
    volume: i === 0 ? volume(1, false) : null,
  };
}

/** A report with everything in it: 28 cases, two trainings of five folds, three candidates. */
export function exampleReport(): ReportData {
  return {
    task: 'Task004_Hippocampus',
    rules: 'nnU-Net v1',
    created: '2026-03-01T12:30:00.000Z',
    missing: ['2d: fold 4 is trained, but not validated.'],
    dataset: {
      name: 'Hippocampus',
      modalities: ['MRI'],
      labels: LABELS,
      cases: Array.from({ length: 28 }, (_, i) => datasetCase(i)),
      faults: [
        'Warning: hippocampus_007: the label map has 3 voxels of the value 9, which dataset.json does not name.',
      ],
      notes: ['Intensities were measured on 28 of 28 cases.'],
      gallery: [0, 5, 10, 15].map((shift, i) => picture(`hippocampus_00${i}: ${2.1 + i / 2} ml`, shift, [67, 99, 216])),
    },
    plans: {
      identifier: 'nnUNetPlansv2.1',
      configurations: [
        {
          name: '2d',
          facts: [
            ['Patch', '56 × 40'],
            ['Batch', '366'],
            ['Spacing', '1 × 1 mm'],
          ],
        },
        {
          name: '3d_fullres',
          facts: [
            ['Patch', '40 × 56 × 40'],
            ['Batch', '9'],
            ['Spacing', '1 × 1 × 1 mm'],
          ],
        },
      ],
      sentences: [
        { text: 'All images have the spacing 1 × 1 × 1 mm, so it is the target.', details: [] },
        { text: '3d_fullres:', details: ['The patch covers a typical image.'] },
      ],
      diagram: null,
    },
    trainings: ['2d', '3d_fullres'].map((configuration, t) => ({
      configuration,
      trainer: 'nnUNetTrainerV2',
      folds: [0, 1, 2, 3, 4].map((i) => fold(i, t)),
    })),
    scores: scores(),
    cases: validated.map(comparedCase),
    predictions: { folder: 'predictions/new', cases: [0, 1, 2].map(predictedCase) },
  };
}
