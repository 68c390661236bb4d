import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planAndPreprocessDatasetsV2, planExperimentsV2 } from '@nnunet/pipeline/v2';
import { resolveRoots } from '@nnunet/schema';
import { openPreparedCase } from '@nnunet/store';
import { readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const plans = join(shared, 'golden/v2/plans');
const prepared = join(shared, 'golden/v2/preprocess');

/** Where the images of a dataset are: v1's form of those that v2 converted differs in dataset.json alone. */
const folders: Record<string, string> = {
  Dataset101_Aniso: 'data/Task101_Aniso',
  Dataset102_TwoMod: 'data/Task102_TwoMod',
  Dataset103_CT: 'data/Task103_CT',
  Dataset121_Regions: 'golden/v2/data/Dataset121_Regions',
  Dataset122_Ignore: 'golden/v2/data/Dataset122_Ignore',
};

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };

describe.skipIf(!existsSync(plans)).each(Object.entries(folders))(
  '%s is planned and prepared as by nnU-Net 2.8.1 (in ../shared/golden/v2)',
  (name, images) => {
    const root = temporaryFolder();
    const roots = resolveRoots({ root });
    const own = join(root, 'nnUNet_preprocessed', name);
    const options = {
      roots,
      datasets: [name],
      reporter,
      clean: false,
      fingerprintWorkers: 1,
      workers: [1],
      verify: true,
    };

    beforeAll(async () => {
      const raw = join(root, 'nnUNet_raw', name);
      mkdirSync(raw, { recursive: true });
      for (const folder of ['imagesTr', 'labelsTr']) symlinkSync(join(shared, images, folder), join(raw, folder));
      await copyFile(join(plans, name, 'dataset.json'), join(raw, 'dataset.json'));
      await planAndPreprocessDatasetsV2({ ...options, preprocess: true });
    });

    it('has the fingerprint', () => {
      const [found, expected] = [own, join(plans, name)].map((folder) => readJson(folder, 'dataset_fingerprint.json'));
      const { foreground_intensity_properties_per_channel: statistics, ...others } = expected;
      expect(found).toMatchObject(others);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      expectStatistics(found.foreground_intensity_properties_per_channel, statistics);
    });

    it('has the plans of each planner', async () => {
      for (const size of ['M', 'L', 'XL'])
        await planExperimentsV2({ ...options, planner: `nnUNetPlannerResEnc${size}` });
      const files = readdirSync(join(plans, name)).filter((file) => file.endsWith('Plans.json'));
      expect(files).toHaveLength(4);
      for (const file of files) {
        const { foreground_intensity_properties_per_channel: found, ...rest } = readJson(own, file);
        const { foreground_intensity_properties_per_channel: statistics, ...expected } = readJson(plans, name, file);
        expect(JSON.stringify(rest)).toBe(JSON.stringify(expected));
        expectStatistics(found, statistics);
      }
    });

    it('has the description and the label maps', () => {
      expect(readFileSync(join(own, 'dataset.json'), 'utf8')).toBe(
        readFileSync(join(plans, name, 'dataset.json'), 'utf8'),
      );
      expect(readdirSync(join(own, 'gt_segmentations'))).toEqual(readdirSync(join(shared, images, 'labelsTr')));
    });

    const cases = existsSync(join(prepared, name))
      ? readdirSync(join(prepared, name)).flatMap((id) =>
          readdirSync(join(prepared, name, id)).flatMap((file) => {
            const [, configuration] = /^(2d|3d_fullres)\.json$/.exec(file) ?? [];
            return configuration === undefined ? [] : [{ id, configuration }];
          }),
        )
      : [];

    it.each(cases)('has $id for $configuration', async ({ id, configuration }) => {
      const golden = readJson(prepared, name, id, `${configuration}.json`);
      const arrays = await readNpzFile(join(prepared, name, id, golden.same_arrays_as ?? `${configuration}.npz`));
      const [data, seg] = ['data', 'seg'].map((key) => arrays.get(key)!.data as Float32Array);
      const found = await openPreparedCase(join(own, `nnUNetPlans_${configuration}`), id);
      expect(found.shape).toEqual([golden.shape[0] + 1, ...golden.shape.slice(1)]);
      const voxels = await found.readBox([0, 0, 0], golden.shape.slice(1));
      let largest = 0;
      data!.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value - voxels[i]!));
      });
      expect(largest).toBeLessThanOrEqual(1.5e-5);
      expect(seg!.reduce((sum, value, i) => sum + Number(value !== voxels[data!.length + i]), 0)).toBe(0);
      const locations = (await found.locations())!;
      expect(Object.keys(locations).sort()).toEqual(Object.keys(golden.class_locations).sort());
      for (const [key, { count, first, last, column_sums }] of Object.entries<Record<string, never>>(
        golden.class_locations,
      )) {
        const drawn = locations[key]!;
        const rows = Array.from({ length: drawn.length / 3 }, (_, i) => [0, ...drawn.subarray(3 * i, 3 * i + 3)]);
        expect(rows).toHaveLength(count!);
        if (rows.length === 0) continue;
        expect(rows.slice(0, 10)).toEqual(first);
        expect(rows.slice(-5)).toEqual(last);
        expect([0, 1, 2, 3].map((axis) => rows.reduce((sum, row) => sum + row[axis]!, 0))).toEqual(column_sums);
      }
      await found.close();
    });
  },
);

/** Intensity statistics: least and greatest value exactly, the others to float32. */
function expectStatistics(found: typeof expected, expected: Record<string, Record<string, number>>) {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [channel, values] of Object.entries(expected)) {
    for (const [key, value] of Object.entries(values)) {
      const tolerance = /^m(in|ax)$/.test(key) ? 0 : 1e-6 * Math.abs(value);
      const own = found[channel]![key]!;
      expect(Math.abs(own - value), `${channel} ${key}: ${own}`).toBeLessThanOrEqual(tolerance);
    }
  }
}

it.skipIf(!existsSync(prepared))('there are cases of every dataset and configuration', () => {
  const files = readdirSync(prepared, { recursive: true }).filter((file) =>
    /(2d|3d_fullres)\.json$/.test(String(file)),
  );
  expect(files.length).toBeGreaterThanOrEqual(10);
});
