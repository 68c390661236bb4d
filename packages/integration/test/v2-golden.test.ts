import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFingerprintV2 } from '@nnunet/fingerprint/v2';
import { cropCaseV2, preprocessForTrainingV2 } from '@nnunet/preprocess/internal';
import { parseDatasetV2 } from '@nnunet/schema';
import { readNpzFile } from '@nnunet/tensor/node';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const plans = join(shared, 'golden/v2/plans');

/** Where the images of a dataset are: v1's form of those that v2 converted differs in dataset.json alone. */
const folders: Record<string, string> = {
  Dataset101_Aniso: 'data/Task101_Aniso',
  Dataset102_TwoMod: 'data/Task102_TwoMod',
  Dataset103_CT: 'data/Task103_CT',
  Dataset121_Regions: 'golden/v2/data/Dataset121_Regions',
  Dataset122_Ignore: 'golden/v2/data/Dataset122_Ignore',
};

const datasetOf = (name: string) => parseDatasetV2(readFileSync(join(plans, name, 'dataset.json'), 'utf8'));

async function readCase(name: string, id: string) {
  const { channelNames, fileEnding } = datasetOf(name);
  const raw = join(shared, folders[name]!);
  const images = await Promise.all(
    channelNames.map((_, channel) => readVolume(join(raw, 'imagesTr', `${id}_000${channel}${fileEnding}`))),
  );
  return { images, labels: await readLabels(join(raw, 'labelsTr', id + fileEnding)) };
}

describe.skipIf(!existsSync(plans))('fingerprints equal those of nnU-Net 2.8.1 (in ../shared/golden/v2)', () => {
  it.each(Object.entries(folders))('%s', async (name, folder) => {
    const { channelNames, fileEnding } = datasetOf(name);
    const files = readdirSync(join(shared, folder, 'labelsTr'));
    const ids = files.map((file) => file.slice(0, -fileEnding.length)).sort();
    async function* cases() {
      for (const id of ids) {
        const { images, labels } = await readCase(name, id);
        yield cropCaseV2(images, labels, { id });
      }
    }
    const options = { cases: ids.length, channels: channelNames.length };
    const { foreground_intensity_properties_per_channel: own, ...rest } = await extractFingerprintV2(cases(), options);
    const expected = JSON.parse(readFileSync(join(plans, name, 'dataset_fingerprint.json'), 'utf8'));
    const { foreground_intensity_properties_per_channel: statistics, ...others } = expected;
    expect(rest).toEqual(others);
    expect(Object.keys(own)).toEqual(Object.keys(statistics));
    for (const [channel, values] of Object.entries<Record<string, number>>(statistics)) {
      for (const [key, value] of Object.entries(values)) {
        const [found, tolerance] = [own[channel]![key as 'mean'], /^m(in|ax)$/.test(key) ? 0 : 1e-6];
        expect(Math.abs(found - value), `${channel} ${key}: ${found}`).toBeLessThanOrEqual(tolerance * Math.abs(value));
      }
    }
  });
});

const prepared = join(shared, 'golden/v2/preprocess');
const cases = Object.keys(folders).flatMap((name) =>
  existsSync(join(prepared, name))
    ? readdirSync(join(prepared, name)).flatMap((id) =>
        readdirSync(join(prepared, name, id)).flatMap((file) => {
          const [, configuration] = /^(2d|3d_fullres)\.json$/.exec(file) ?? [];
          return configuration === undefined ? [] : [{ name, id, configuration }];
        }),
      )
    : [],
);

describe.skipIf(!existsSync(prepared))(
  'cases are prepared for training as by nnU-Net 2.8.1 (../shared/golden/v2)',
  () => {
    it('has cases of every dataset and configuration', () => expect(cases.length).toBeGreaterThanOrEqual(10));

    it.each(cases)('$name $id $configuration', async ({ name, id, configuration }) => {
      const { images, labels } = await readCase(name, id);
      const whole = JSON.parse(readFileSync(join(plans, name, 'nnUNetPlans.json'), 'utf8'));
      const own = whole.configurations[configuration];
      const resampling = (use: string) => ({
        name: own[`resampling_fn_${use}`],
        kwargs: own[`resampling_fn_${use}_kwargs`],
      });
      const settings = {
        transposeForward: whole.transpose_forward,
        transposeBackward: whole.transpose_backward,
        spacing: own.spacing,
        normalizationSchemes: own.normalization_schemes,
        useMaskForNorm: own.use_mask_for_norm,
        intensities: Object.values<never>(whole.foreground_intensity_properties_per_channel),
        resampleData: resampling('data'),
        resampleLabels: resampling('seg'),
        resampleProbabilities: resampling('probabilities'),
        labels: datasetOf(name).labels,
      };
      const found = preprocessForTrainingV2(images, labels, settings, { id });
      const folder = join(prepared, name, id);
      const golden = JSON.parse(readFileSync(join(folder, `${configuration}.json`), 'utf8'));
      const arrays = await readNpzFile(join(folder, golden.same_arrays_as ?? `${configuration}.npz`));
      const [data, seg] = ['data', 'seg'].map((key) => arrays.get(key)!.data as Float32Array);
      expect(found.shape).toEqual([images.length + 1, ...golden.shape.slice(1)]);
      let largest = 0;
      data!.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value - found.data[i]!));
      });
      expect(largest).toBeLessThanOrEqual(1.5e-5);
      const others = seg!.reduce((sum, value, i) => sum + Number(value !== found.data[data!.length + i]), 0);
      expect(others).toBe(0);
      expect(Object.keys(found.locations).sort()).toEqual(Object.keys(golden.class_locations).sort());
      for (const [key, { count, first, last, column_sums }] of Object.entries<Record<string, never>>(
        golden.class_locations,
      )) {
        const drawn = found.locations[key]!;
        const rows = Array.from({ length: drawn.length / 3 }, (_, i) => [0, ...drawn.subarray(3 * i, 3 * i + 3)]);
        expect(rows).toHaveLength(count!);
        if (rows.length === 0) continue;
        expect(rows.slice(0, 10)).toEqual(first);
        expect(rows.slice(-5)).toEqual(last);
        expect([0, 1, 2, 3].map((axis) => rows.reduce((sum, row) => sum + row[axis]!, 0))).toEqual(column_sums);
      }
    });
  },
);
