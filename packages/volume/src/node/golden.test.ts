import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { geometryDifferences } from '../compare-grids.ts';
import { readGeometry, readLabels, readVolume } from './read-volume.ts';

const shared = new URL('../../../../../shared', import.meta.url).pathname;
const plans = join(shared, 'golden/plans');

interface Crop {
  original_size_of_raw_data: number[];
  original_spacing: number[];
  itk_origin: number[];
  itk_spacing: number[];
  itk_direction: number[];
  classes: number[];
}

const images = existsSync(plans)
  ? readdirSync(plans).flatMap((task) => {
      const crops = JSON.parse(readFileSync(join(plans, task, 'crops.json'), 'utf8')) as Record<string, Crop>;
      const folder = join(shared, 'data', task.replace('Task004', 'Task04'));
      return Object.entries(crops).map(([name, crop]) => ({ name, crop, folder, task }));
    })
  : [];

/** First existing file: Decathlon layout or nnU-Net's. */
function imageOf(folder: string, name: string): string {
  const plain = join(folder, 'imagesTr', `${name}.nii.gz`);
  return existsSync(plain) ? plain : join(folder, 'imagesTr', `${name}_0000.nii.gz`);
}

describe.skipIf(images.length === 0)('geometry of all cases as SimpleITK reads it (skipped without ../shared)', () => {
  it('is equal in every bit', async () => {
    let worst = 0;
    for (const { name, crop, folder } of images) {
      const volume = await readVolume(imageOf(folder, name));
      expect(volume.shape, name).toEqual(crop.original_size_of_raw_data);
      expect(volume.spacing, name).toEqual(crop.original_spacing);
      expect([...volume.spacing].reverse(), name).toEqual(crop.itk_spacing);
      expect(volume.origin, name).toEqual(crop.itk_origin);
      for (let i = 0; i < 9; i++) {
        const difference = Math.abs(volume.direction[i]! - crop.itk_direction[i]!);
        worst = Math.max(worst, difference);
        if (difference > 0) expect([name, i, volume.direction[i]]).toEqual([name, i, crop.itk_direction[i]]);
      }
      expect(volume.data.length).toBe(volume.shape[0] * volume.shape[1] * volume.shape[2]);
    }
    expect(worst).toBe(0);
    expect(images.length).toBe(232);
  });

  it('has the labels of every case', async () => {
    for (const { name, crop, folder, task } of images) {
      if (task === 'Task105_Large') continue;
      const { data } = await readLabels(join(folder, 'labelsTr', `${name}.nii.gz`));
      expect(data).toBeInstanceOf(Uint8Array);
      expect([...new Set(data)].sort(), name).toEqual(crop.classes.filter((c) => c >= 0));
    }
  });

  it('is that of the label files which v1 wrote for them', async () => {
    const pairs = [
      ['Task04_Hippocampus/imagesTs', 'hippocampus_3d_fullres', ''],
      ['Task103_CT/imagesTr', 'ct_2d', '_0000'],
    ] as const;
    let compared = 0;
    for (const [images, predicted, ending] of pairs) {
      const folder = join(shared, 'golden/models/v1/predicted', predicted);
      for (const name of readdirSync(folder).filter((file) => file.endsWith('.nii.gz'))) {
        const image = join(shared, 'data', images, name.replace('.nii.gz', `${ending}.nii.gz`));
        if (!existsSync(image)) continue;
        expect(geometryDifferences(await readGeometry(join(folder, name)), await readGeometry(image)), name).toEqual(
          [],
        );
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(3);
  });
});
