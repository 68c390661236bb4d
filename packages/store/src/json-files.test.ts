import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foregroundLabels, parseDatasetDescription } from '@nnunet/schema';
import { checkPlans } from '@nnunet/schema/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  readDatasetDescription,
  readFingerprint,
  readIntensityProperties,
  readPlans,
  readSplits,
  writeDatasetDescription,
  writeFingerprint,
  writeIntensityProperties,
  writePlans,
  writeSplits,
} from './json-files.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const fixture = (name: string) => new URL(`../../schema/fixtures/plans/${name}`, import.meta.url).pathname;

describe('JSON files', () => {
  it('come back as they were written, and equal content gives equal bytes', async () => {
    const fingerprint = await readFingerprint(fixture('dataset_properties.json'));
    await writeFingerprint(join(folder, 'f.json'), fingerprint);
    expect(await readFingerprint(join(folder, 'f.json'))).toEqual(fingerprint);

    const golden = JSON.parse(readFileSync(fixture('nnUNetPlansv2.1_plans_3D.json'), 'utf8'));
    const plans = checkPlans({ ...golden, dataset_properties: fingerprint, preprocessed_data_folder: 'x' });
    await writePlans(join(folder, 'p.json'), plans);
    expect(await readPlans(join(folder, 'p.json'))).toEqual(plans);
    await writePlans(join(folder, 'q.json'), Object.fromEntries(Object.entries(plans).reverse()) as never);
    expect(readFileSync(join(folder, 'q.json'), 'utf8')).toBe(readFileSync(join(folder, 'p.json'), 'utf8'));

    const splits = [
      { train: ['a', 'b'], val: ['c'] },
      { train: ['a', 'c'], val: ['b'] },
    ];
    await writeSplits(join(folder, 's.json'), splits);
    expect(await readSplits(join(folder, 's.json'))).toEqual(splits);

    const nothing = { median: Number.NaN, mean: 0, sd: 0, mn: 0, mx: 0, percentile_99_5: 0, percentile_00_5: 0 };
    const statistics = { 0: { ...nothing, local_props: { a: nothing } } };
    await writeIntensityProperties(join(folder, 'i.json'), statistics);
    expect(await readIntensityProperties(join(folder, 'i.json'))).toEqual(statistics);
    expect(readdirSync(folder).sort()).toEqual(['f.json', 'i.json', 'p.json', 'q.json', 's.json']);
  });

  it('dataset.json is written with ascending labels and without what is ours alone', async () => {
    const text = '{"modality": {"0": "MRI"}, "labels": {"2": "b", "0": "background", "1": "a"}, "training": []}';
    await writeDatasetDescription(join(folder, 'dataset.json'), parseDatasetDescription(text));
    expect(readFileSync(join(folder, 'dataset.json'), 'utf8')).not.toContain('labelOrder');
    expect(foregroundLabels(await readDatasetDescription(join(folder, 'dataset.json')))).toEqual([1, 2]);
  });

  it('are named when they are missing or damaged', async () => {
    await expect(readPlans(join(folder, 'no.json'))).rejects.toMatchObject({ tag: 'missing-file' });
    writeFileSync(join(folder, 'bad.json'), '{"num_stages": 1');
    await expect(readPlans(join(folder, 'bad.json'))).rejects.toMatchObject({
      tag: 'bad-json',
      where: join(folder, 'bad.json'),
    });
  });
});
