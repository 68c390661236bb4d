import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFingerprintV2 } from '@nnunet/fingerprint/v2';
import { cropCaseV2 } from '@nnunet/preprocess/internal';
import { parseDatasetV2 } from '@nnunet/schema';
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

describe.skipIf(!existsSync(plans))('fingerprints equal those of nnU-Net 2.8.1 (in ../shared/golden/v2)', () => {
  it.each(Object.entries(folders))('%s', async (name, folder) => {
    const { channelNames, fileEnding } = parseDatasetV2(readFileSync(join(plans, name, 'dataset.json'), 'utf8'));
    const raw = join(shared, folder);
    const ids = readdirSync(join(raw, 'labelsTr')).map((file) => file.slice(0, -fileEnding.length));
    async function* cases() {
      for (const id of ids.sort()) {
        const images = await Promise.all(
          channelNames.map((_, channel) => readVolume(join(raw, 'imagesTr', `${id}_000${channel}${fileEnding}`))),
        );
        yield cropCaseV2(images, await readLabels(join(raw, 'labelsTr', id + fileEnding)), { id });
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
