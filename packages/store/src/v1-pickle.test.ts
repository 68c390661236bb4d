import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCaseProperties } from '@nnunet/schema';
import { checkPlans } from '@nnunet/schema/internal';
import { writeNpyFile, writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  readCaseProperties,
  readFingerprint,
  readIntensityProperties,
  readPlans,
  readSplits,
  writePlans,
} from './json-files.ts';
import { openPreparedCase } from './prepared-case.ts';
import { listCases } from './prepared-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const fixture = (name: string) => new URL(`../fixtures/v1/${name}`, import.meta.url).pathname;
const bring = (name: string, as = name) => copyFileSync(fixture(name), join(folder, as));
const golden = new URL('../../../../shared/golden/', import.meta.url);

describe("v1's pickles", () => {
  it('stand in for missing JSON files', async () => {
    for (const name of ['plans', 'dataset_properties', 'intensityproperties', 'splits_final']) bring(`${name}.pkl`);
    const plans = await readPlans(join(folder, 'plans.json'));
    expect(plans).toMatchObject({
      num_stages: 1,
      modalities: { 0: 'CT' },
      use_mask_for_norm: { 0: false },
      all_classes: [1, 2],
      base_num_features: 4,
    });
    expect(plans.plans_per_stage[0]!.patch_size).toHaveLength(2);
    expect(await readPlans(join(folder, 'plans.pkl'))).toEqual(plans);

    const fingerprint = await readFingerprint(join(folder, 'dataset_properties.json'));
    expect(fingerprint).toEqual(plans.dataset_properties);
    expect(fingerprint.all_sizes[0]).toEqual([32, 50, 34]);
    const statistics = await readIntensityProperties(join(folder, 'intensityproperties.json'));
    expect(statistics).toEqual(fingerprint.intensityproperties);
    expect(statistics[0]!.local_props.ct_10300).toMatchObject({ median: 21, percentile_00_5: -114.15 });

    const splits = await readSplits(join(folder, 'splits_final.json'));
    expect(splits).toHaveLength(5);
    expect(splits[0]).toEqual({
      train: ['ct_10301', 'ct_10302', 'ct_10303', 'ct_10304', 'ct_10306', 'ct_10307'],
      val: ['ct_10300', 'ct_10305'],
    });
  });

  it('are passed over where the JSON is there', async () => {
    bring('plans.pkl');
    const plans = await readPlans(join(folder, 'plans.json'));
    await writePlans(join(folder, 'plans.json'), { ...plans, base_num_features: 7 });
    expect((await readPlans(join(folder, 'plans.json'))).base_num_features).toBe(7);
  });

  it('hold the properties of a case', async () => {
    bring('aniso_10112.pkl');
    const properties = await readCaseProperties(join(folder, 'aniso_10112.json'));
    expect(properties).toEqual(parseCaseProperties(readFileSync(fixture('aniso_10112.json'), 'utf8'), 'x'));
    bring('prepared.pkl');
    expect(await readCaseProperties(join(folder, 'prepared.json'))).toEqual(properties);
  });

  it('are named when they are damaged or of another kind', async () => {
    writeFileSync(join(folder, 'plans.pkl'), readFileSync(fixture('plans.pkl')).subarray(0, 1000));
    await expect(readPlans(join(folder, 'plans.json'))).rejects.toMatchObject({
      tag: 'bad-pickle',
      where: join(folder, 'plans.pkl'),
    });
    bring('splits_final.pkl', 'plans.pkl');
    await expect(readPlans(join(folder, 'plans.json'))).rejects.toMatchObject({
      tag: 'bad-plans',
      where: join(folder, 'plans.pkl'),
    });
    await expect(readSplits(join(folder, 'splits_final.json'))).rejects.toMatchObject({
      tag: 'missing-file',
      where: join(folder, 'splits_final.json'),
    });
  });

  it.skipIf(!existsSync(golden))('give the plans of the JSON goldens (skipped without ../shared/golden)', async () => {
    const model = 'models/v1/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1/plans.pkl';
    const plans = await readPlans(new URL(model, golden).pathname);
    const task = new URL('plans/Task004_Hippocampus/', golden).pathname;
    const dataset_properties = await readFingerprint(`${task}dataset_properties.json`);
    const json = JSON.parse(readFileSync(`${task}nnUNetPlansv2.1_plans_3D.json`, 'utf8'));
    const { list_of_npz_files, preprocessed_data_folder } = plans;
    const expected = checkPlans({ ...json, dataset_properties, list_of_npz_files, preprocessed_data_folder });
    const { case_ids: _, ...fingerprint } = expected.dataset_properties as unknown as Record<string, unknown>;
    expect(plans).toEqual({ ...expected, dataset_properties: fingerprint });
    const other = readdirSync(new URL('models/v1/nnUNet/', golden), { recursive: true, encoding: 'utf8' });
    const files = other.filter((file) => file.endsWith('plans.pkl'));
    expect(files).toHaveLength(4);
    for (const file of files) await readPlans(new URL(`models/v1/nnUNet/${file}`, golden).pathname);
  });
});

describe('cases that v1 prepared', () => {
  const shape = [3, 6, 7, 9] as const;
  const data = Float32Array.from({ length: 3 * 6 * 7 * 9 }, (_, i) => i);

  it.each(['npz', 'npy'])('are read from .%s and .pkl', async (kind) => {
    if (kind === 'npz') await writeNpzFile(join(folder, 'a.npz'), { data: { data, shape: [...shape] } });
    else await writeNpyFile(join(folder, 'a.npy'), { data, shape });
    bring('prepared.pkl', 'a.pkl');
    expect(await listCases(folder)).toEqual(['a']);
    const prepared = await openPreparedCase(folder, 'a');
    expect(prepared.locationCounts).toEqual({ 1: 3, 2: 0, 3: 2 });
    expect(await prepared.location(1, 1)).toEqual([5, 6, 8]);
    expect(await prepared.locations()).toEqual({
      1: Int32Array.of(1, 2, 3, 5, 6, 8, 0, 0, 0),
      2: new Int32Array(0),
      3: Int32Array.of(4, 5, 6, 1, 1, 1),
    });
    await expect(prepared.location(2, 0)).rejects.toThrow(/stores 0 voxels/);
    expect(prepared.properties).not.toHaveProperty('class_locations');
    expect(prepared.properties.itk_direction).toHaveLength(9);
    expect([...(await prepared.readBox([0, 0, 0], [1, 1, 2]))]).toEqual([0, 1, 378, 379, 756, 757]);
    await prepared.close();
  });

  it('without stored locations have none', async () => {
    await writeNpyFile(join(folder, 'a.npy'), { data, shape });
    bring('aniso_10112.pkl', 'a.pkl');
    const prepared = await openPreparedCase(folder, 'a');
    expect([prepared.locationCounts, await prepared.locations()]).toEqual([null, null]);
    await prepared.close();
  });

  it('whose locations lie outside the image are refused', async () => {
    await writeNpyFile(join(folder, 'a.npy'), { data, shape: [3, 6, 9, 7] });
    bring('prepared.pkl', 'a.pkl');
    await expect(openPreparedCase(folder, 'a')).rejects.toThrow(
      /a\.pkl: "class_locations" must hold voxels .* class 1/,
    );
  });
});
