import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counterRandom } from '@nnunet/tensor';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { collectReport } from './collect-report.ts';
import { boxesOptions, GEOMETRY, writeBoxes } from './report.fixture.ts';

it('shares the room of a page among the cases that it shows, however large they are', async () => {
  const { root, roots, raw } = await writeBoxes([2]);
  const geometry = { ...GEOMETRY, shape: [24, 160, 160] as const };
  const voxels = 24 * 160 * 160;
  const data = counterRandom(1, 'noise').fillNormal(new Float32Array(voxels), 100);
  const labels = Uint8Array.from(data, (value) => (value > 300 ? 1 : 0));
  const [predictions, references] = [join(root, 'predicted'), join(root, 'references')];
  for (const folder of [predictions, references]) await mkdir(folder);
  for (const id of ['t1', 't2']) {
    await writeVolume(join(raw, `imagesTs/${id}_0000.nii.gz`), { ...geometry, data });
    await writeLabels(join(predictions, `${id}.nii.gz`), labels, geometry);
  }
  await writeLabels(join(references, 't1.nii.gz'), labels, geometry);
  const { cases, predictions: others } = await collectReport({
    roots,
    ...boxesOptions,
    predicted: { predictions, references },
    cases: 1,
  });
  const shown = [...cases, ...others!.cases];
  expect(shown.map(({ id }) => id)).toEqual(['t1', 't2']);
  // One case may take 360 kB; here two share that.
  const sizes = shown.map(({ pictures, volume }) => JSON.stringify([pictures, volume]).length);
  for (const size of sizes) expect(size).toBeGreaterThan(60_000);
  expect(sizes[0]! + sizes[1]!).toBeLessThan(364_000);
});
