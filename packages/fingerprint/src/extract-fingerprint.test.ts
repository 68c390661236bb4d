import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import type {
  CaseProperties,
  CroppedCase,
  Fingerprint,
  IntensityProperties,
  IntensityStatistics,
} from '@nnunet/schema';
import { readNpz } from '@nnunet/tensor';
import { readVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { extractFingerprint } from './extract-fingerprint.ts';
import { intensityStatistics, sampleForeground } from './intensity-statistics.ts';

const fixtures = new URL('../fixtures/', import.meta.url);
const shared = new URL('../../../../shared/', import.meta.url);
const present = existsSync(new URL('golden/plans/', shared)) && existsSync(new URL('data/', shared));

const json = <T>(url: URL) => JSON.parse(readFileSync(url, 'utf8')) as T;

async function keptCase(): Promise<CroppedCase> {
  const { data, shape } = (await readNpz(readFileSync(new URL('ct_10300.npz', fixtures)))).get('data')!;
  const values = data as Float32Array;
  return {
    id: 'ct_10300',
    images: [values.subarray(0, values.length / 2)],
    segmentation: values.subarray(values.length / 2),
    shape: [shape[1]!, shape[2]!, shape[3]!],
    properties: json<CaseProperties>(new URL('ct_10300.json', fixtures)),
  };
}

function expectClose(found: IntensityStatistics, expected: IntensityStatistics) {
  for (const key of ['median', 'mn', 'mx', 'percentile_99_5', 'percentile_00_5', 'mean', 'sd'] as const) {
    const scale = Math.max(1e-3, Math.abs(expected.sd), Math.abs(expected[key]));
    expect([key, Math.abs(found[key] - expected[key]) <= 1e-5 * scale]).toEqual([key, true]);
  }
}

it('gives the statistics of nnunet 1.7.1 for a case', async () => {
  const fingerprint = await extractFingerprint([await keptCase()], { modalities: { 0: 'CT' }, classes: [1, 2] });
  expectClose(
    fingerprint.intensityproperties![0]!.local_props.ct_10300!,
    json<IntensityStatistics>(new URL('ct_10300_statistics.json', fixtures)),
  );
  expect(fingerprint.all_sizes).toEqual([[32, 50, 34]]);
  expect(fingerprint.size_reductions).toEqual({ ct_10300: 1 });
});

it('collects every tenth foreground voxel of each modality, of each case and of all, beside sizes and spacings', async () => {
  const caseOf = (id: string, first: number, voxels: number, before: number[]): CroppedCase => {
    const image = (of: number) => Float32Array.from({ length: voxels }, (_, i) => of + i);
    const properties = {
      original_size_of_raw_data: before,
      original_spacing: [3, 1, voxels],
      size_after_cropping: [1, 2, voxels / 2],
    } as unknown as CaseProperties;
    const segmentation = new Float32Array(voxels).fill(1);
    return { id, images: [image(first), image(-first)], segmentation, shape: [1, 2, voxels / 2], properties };
  };
  const cases = [caseOf('b', 100, 30, [2, 5, 6]), caseOf('a', 500, 12, [2, 3, 5])];
  const dataset = { modalities: { 0: 'CT', 1: 'T1' }, classes: [3, 1] };
  const found = await extractFingerprint(cases, dataset);
  expect(found.all_sizes).toEqual([
    [1, 2, 6],
    [1, 2, 15],
  ]);
  expect(found.all_spacings).toEqual([
    [3, 1, 12],
    [3, 1, 30],
  ]);
  expect(found).toMatchObject({
    modalities: dataset.modalities,
    all_classes: [3, 1],
    size_reductions: { a: 0.4, b: 0.5 },
  });
  const { local_props: local, ...whole } = found.intensityproperties![1]!;
  // Of case a voxels 0 and 10, of case b 0, 10 and 20.
  expect(local.a).toMatchObject({ mn: -500, mx: -490, mean: -495 });
  expect(local.b).toMatchObject({ mn: -100, mx: -80, median: -90 });
  expect(whole).toMatchObject({ mn: -500, mx: -80, median: -100, mean: -252 });
  expect(found.intensityproperties![0]!.local_props.a).toMatchObject({ mn: 500, mx: 510 });
});

it('collects intensities only for CT, unless asked', async () => {
  const one = await keptCase();
  const of = (name: string, options = {}) =>
    extractFingerprint([one], { modalities: { 0: name }, classes: [1] }, options).then((f) => f.intensityproperties);
  expect(await of('MRI')).toBeNull();
  expect(await of('CTA')).toBeNull();
  expect(await of('ct')).not.toBeNull();
  expect(await of('MRI', { intensities: true })).not.toBeNull();
});

it('leaves out the intensities of voxels without annotation, and passes on what is learnt', async () => {
  const image = Float32Array.from({ length: 50 }, (_, i) => i);
  const labels = Float32Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 1 : 3));
  expect([...sampleForeground(image, labels, 3)]).toEqual([0, 20, 40]);
  const one = await keptCase();
  const ignored = { ...one, segmentation: one.segmentation.map((label) => (label === 2 ? 3 : label)) };
  const background = { ...one, segmentation: one.segmentation.map((label) => (label === 2 ? 0 : label)) };
  const regions = [{ name: 'all', values: [1, 2] }];
  const learnt = { regions, regions_class_order: [1], ignore_label: 3 };
  const dataset = { modalities: { 0: 'CT' }, classes: [1, 2] };
  const found = await extractFingerprint([ignored], { ...dataset, ...learnt });
  const without = await extractFingerprint([background], dataset);
  expect(found).toEqual({ ...without, ...learnt });
  expect(without).not.toEqual(await extractFingerprint([one], dataset));
});

it('takes every tenth foreground voxel, and interpolates percentiles', () => {
  const image = Float32Array.from({ length: 50 }, (_, i) => i);
  const labels = Float32Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 1 : -1));
  expect([...sampleForeground(image, labels)]).toEqual([0, 20, 40]);
  const s = intensityStatistics(Float32Array.from([4, 1, 3, 2]));
  expect(s).toMatchObject({ median: 2.5, mean: 2.5, sd: Math.sqrt(1.25), mn: 1, mx: 4 });
  expect(s.percentile_99_5).toBeCloseTo(3.985, 12);
  expect(s.percentile_00_5).toBeCloseTo(1.015, 12);
  const all = (value: number) =>
    Object.fromEntries(['median', 'mean', 'mn', 'mx', 'percentile_99_5', 'percentile_00_5'].map((key) => [key, value]));
  expect(intensityStatistics(new Float32Array(0))).toEqual({ ...all(Number.NaN), sd: Number.NaN });
  expect(intensityStatistics(Float32Array.of(7))).toEqual({ ...all(7), sd: 0 });
  // Of 201 values from 0 to 200 percentile 99.5 is one before the last, 0.5 the second; of 41 a fifth of the way to it.
  const upTo = (n: number) => intensityStatistics(Float32Array.from({ length: n + 1 }, (_, i) => n - i));
  expect(upTo(200)).toMatchObject({ percentile_99_5: 199, percentile_00_5: 1, median: 100, mean: 100, mx: 200 });
  expect(upTo(40).percentile_99_5).toBeCloseTo(39.8, 12);
  expect(upTo(40).percentile_00_5).toBeCloseTo(0.2, 12);
});

it('orders cases by name and refuses other modalities', async () => {
  const one = await keptCase();
  const cases = ['b', 'a', 'B'].map((id) => ({ ...one, id }));
  const fingerprint = await extractFingerprint(cases, { modalities: { 0: 'MRI' }, classes: [1] });
  expect(Object.keys(fingerprint.size_reductions)).toEqual(['B', 'a', 'b']);
  const two = extractFingerprint([one], { modalities: { 0: 'T1', 1: 'T2' }, classes: [1] });
  await expect(two).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-case'));
});

it('tells of each case, and stops when told to', async () => {
  const one = await keptCase();
  const told: unknown[] = [];
  const dataset = { modalities: { 0: 'MRI' }, classes: [1] };
  const cases = ['b', 'a', 'c'].map((id) => ({ ...one, id }));
  await extractFingerprint(cases, dataset, { onProgress: (progress) => told.push(progress) });
  expect(told).toEqual([
    { id: 'b', done: 1 },
    { id: 'a', done: 2 },
    { id: 'c', done: 3 },
  ]);
  const stop = new AbortController();
  let seen = 0;
  const onProgress = () => {
    seen++;
    stop.abort(new Error('enough'));
  };
  await expect(extractFingerprint(cases, dataset, { signal: stop.signal, onProgress })).rejects.toThrow('enough');
  expect(seen).toBe(1);
  await expect(extractFingerprint([], dataset)).rejects.toMatchObject({ tag: 'usage' });
});

/** A case cropped to v1's box; the stored label of what lies outside the mask does not matter here. */
async function croppedByBox(raw: URL, id: string, properties: CaseProperties): Promise<CroppedCase> {
  const read = (folder: string, file: string) => readVolume(fileURLToPath(new URL(`${folder}/${file}`, raw)));
  const files = readdirSync(new URL('imagesTr/', raw)).filter((f) => f === `${id}.nii.gz` || f.startsWith(`${id}_`));
  const [[z0, z1], [y0, y1], [x0, x1]] = properties.crop_bbox as [[number, number], [number, number], [number, number]];
  const cropped = ({ data, shape }: { data: Float32Array; shape: readonly number[] }) => {
    const rows: number[] = [];
    for (let z = z0; z < z1; z++)
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) rows.push(data[(z * shape[1]! + y) * shape[2]! + x]!);
    return Float32Array.from(rows);
  };
  const images = await Promise.all(files.sort().map(async (file) => cropped(await read('imagesTr', file))));
  const segmentation = cropped(await read('labelsTr', `${id}.nii.gz`));
  return { id, images, segmentation, shape: [z1 - z0, y1 - y0, x1 - x0], properties };
}

for (const [task, folder] of [
  ['Task004_Hippocampus', 'Task04_Hippocampus'],
  ['Task101_Aniso', 'Task101_Aniso'],
  ['Task102_TwoMod', 'Task102_TwoMod'],
  ['Task103_CT', 'Task103_CT'],
  ['Task105_Large', 'Task105_Large'],
]) {
  // needs ../shared/golden and ../shared/data beside the repository
  it.skipIf(!present)(`equals the fingerprint of nnunet 1.7.1 for ${task}`, async () => {
    const golden = new URL(`golden/plans/${task}/`, shared);
    const { case_ids, ...expected } = json<Fingerprint & { case_ids: string[] }>(
      new URL('dataset_properties.json', golden),
    );
    const crops = json<Record<string, CaseProperties>>(new URL('crops.json', golden));
    const raw = new URL(`data/${folder}/`, shared);
    const statistics = new URL('intensityproperties.json', golden);
    const intensities = existsSync(statistics);
    async function* cases(): AsyncIterable<CroppedCase> {
      for (const id of case_ids) {
        // without intensities only the properties count
        if (intensities) yield croppedByBox(raw, id, crops[id]!);
        else yield { ...(await keptCase()), id, properties: crops[id]! };
      }
    }
    const dataset = { modalities: expected.modalities, classes: expected.all_classes };
    const found = await extractFingerprint(cases(), dataset, { intensities });
    expect({ ...found, intensityproperties: null }).toEqual({ ...expected, intensityproperties: null });
    if (!intensities) return;
    const { intensityproperties } = json<{ intensityproperties: Record<string, IntensityProperties> }>(statistics);
    for (const [channel, { local_props, ...all }] of Object.entries(intensityproperties)) {
      const { local_props: locals, ...whole } = found.intensityproperties![channel]!;
      expectClose(whole, all);
      expect(Object.keys(locals)).toEqual(Object.keys(local_props));
      for (const [id, one] of Object.entries(local_props)) expectClose(locals[id]!, one);
    }
  });
}

it('names the case whose foreground is not finite, and refuses CT without any foreground', async () => {
  const dataset = { modalities: { 0: 'CT' }, classes: [1, 2] };
  const good = await keptCase();
  const image = good.images[0]!.slice();
  // the first foreground voxel is one of those that are looked at
  image[good.segmentation.findIndex((label) => label > 0)] = Number.NaN;
  const bad = { ...good, id: 'sick', images: [image] };
  const error = await extractFingerprint([good, bad], dataset).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'not-finite')).toBe(true);
  expect((error as Error).message).toMatch(/^sick: .*modality 0.*mean is NaN/);

  const empty = { ...good, id: 'empty', segmentation: new Float32Array(good.segmentation.length) };
  expect(isNnUNetError(await extractFingerprint([empty], dataset).catch((e: unknown) => e), 'no-foreground')).toBe(
    true,
  );
  // one case without foreground is as in v1
  const { intensityproperties } = await extractFingerprint([good, empty], dataset);
  expect(intensityproperties![0]!.local_props.empty!.mean).toBeNaN();
  expect(intensityproperties![0]!.mean).toBe(intensityproperties![0]!.local_props.ct_10300!.mean);
});
