import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectedComponents } from '@nnunet/morphology';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from './load-model.ts';
import { writeImage, writeModel } from './noise-task.fixture.ts';
import { predictFolder } from './predict-folder.ts';

const root = temporaryFolder();
const fixtures = fileURLToPath(new URL('../../fixtures/v1-cascade', import.meta.url));
const v2 = fileURLToPath(
  new URL('../../../../../shared/golden/models/v2/nnUNetTrainer__nnUNetPlans__3d_fullres', import.meta.url),
);
/** All labels as one class: everything but its largest component goes. */
const RULE = { for_which_classes: [[1, 2]], min_valid_object_sizes: 'None', validation_raw: 'x' };

interface Kind {
  model: string;
  images: string;
  id: string;
  /** Folder of the stage before. */
  previous?: string;
}
const noise = { images: join(root, 'images'), id: 'a' };
const kinds: Record<string, Kind> = {
  'one fold': { ...noise, model: join(root, 'one/model') },
  'two folds': { ...noise, model: join(root, 'two/model') },
  "a cascade's second stage, trained by v1": {
    model: join(root, 'cascade'),
    images: join(fixtures, 'images'),
    id: 'ct_10308',
    previous: join(fixtures, 'lowres'),
  },
};

beforeAll(async () => {
  mkdirSync(noise.images);
  await writeImage(noise.images, noise.id);
  for (const [name, folds] of [
    ['one', [0]],
    ['two', [0, 1]],
  ] as const)
    for (const fold of folds) await writeModel(join(root, name), fold);
  cpSync(join(fixtures, 'model'), join(root, 'cascade'), { recursive: true });
  for (const { model } of Object.values(kinds)) writeFileSync(join(model, 'postprocessing.json'), JSON.stringify(RULE));
});

/** Components of what is not background. */
function components({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }): number {
  return connectedComponents(
    Uint8Array.from(data, (label) => (label === 0 ? 0 : 1)),
    shape,
  ).count;
}

async function inputOf({ images, id, previous }: Kind) {
  const volume = await readVolume(join(images, `${id}_0000.nii.gz`));
  const previousSegmentation = previous === undefined ? undefined : await readLabels(join(previous, `${id}.nii.gz`));
  return { volume, options: { previousSegmentation } };
}

describe.each(Object.entries(kinds))("a model's postprocessing.json: %s", (name, kind) => {
  it('is applied to what predict returns as to what a folder gets, unless it is not wanted', async () => {
    const model = await loadModel(kind.model, { compute: { threads: 1 } });
    try {
      const { volume, options } = await inputOf(kind);
      const found = await model.predict(volume, options);
      const raw = await model.predict(volume, { ...options, postprocess: false });
      if (!name.includes('cascade')) expect(components(raw.labels())).toBeGreaterThan(1);
      expect(components(found.labels())).toBe(1);
      // The cascade's network is large: each way once.
      const large = name.includes('cascade');
      for (const saveProbabilities of large ? [false] : [false, true]) {
        const folders = [join(temporaryFolder(), 'out'), join(temporaryFolder(), 'out')] as const;
        const common = { model, inputFolder: kind.images, previousStageFolder: kind.previous, saveProbabilities };
        await predictFolder({ ...common, outputFolder: folders[0] });
        await predictFolder({ ...common, outputFolder: folders[1], postprocess: false });
        const [written, unchanged] = await Promise.all(folders.map((f) => readLabels(join(f, `${kind.id}.nii.gz`))));
        expect(written!.data).toEqual(found.labels().data);
        expect(unchanged!.data).toEqual(raw.labels().data);
        expect(JSON.parse(readFileSync(join(folders[0], 'postprocessing.json'), 'utf8'))).toEqual(RULE);
        expect(existsSync(join(folders[1], 'postprocessing.json'))).toBe(false);
        // A file that another program has left without it is made good.
        await predictFolder({ ...common, outputFolder: folders[1] });
        const mended = await readLabels(join(folders[1], `${kind.id}.nii.gz`));
        expect(mended.data).toEqual(found.labels().data);
        if (large) continue;
        writeFileSync(join(folders[1], `${kind.id}.nii.gz`), 'damaged');
        const messages: string[] = [];
        const onMessage = (text: string) => messages.push(text);
        const again = await predictFolder({ ...common, outputFolder: folders[1], onMessage });
        expect(again).toMatchObject({ predicted: [kind.id], skipped: [], failed: [] });
        expect(messages).toEqual([expect.stringMatching(/\.nii\.gz cannot be read and is predicted again$/)]);
        expect((await readLabels(join(folders[1], `${kind.id}.nii.gz`))).data).toEqual(found.labels().data);
      }
      for (const mode of large ? [] : (['fast', 'fastest'] as const)) {
        const outputFolder = join(temporaryFolder(), 'out');
        await predictFolder({
          model,
          inputFolder: kind.images,
          previousStageFolder: kind.previous,
          outputFolder,
          mode,
        });
        expect((await readLabels(join(outputFolder, `${kind.id}.nii.gz`))).data).toEqual(found.labels(mode).data);
      }
    } finally {
      await model.dispose();
    }
  });
});

it('is named with its file where it is damaged, before anything is predicted', async () => {
  const folder = join(temporaryFolder(), 'model');
  cpSync(kinds['one fold']!.model, folder, { recursive: true });
  writeFileSync(join(folder, 'postprocessing.json'), '{"for_which_classes": "all"}');
  await expect(loadModel(folder)).rejects.toMatchObject({ tag: 'bad-postprocessing' });
});

it('is refused where it is of a model with other labels', async () => {
  const folder = join(temporaryFolder(), 'model');
  cpSync(kinds['one fold']!.model, folder, { recursive: true });
  writeFileSync(join(folder, 'postprocessing.json'), '{"for_which_classes": [[1, 7], 2, 9]}');
  await expect(loadModel(folder)).rejects.toMatchObject({
    tag: 'bad-postprocessing',
    what: expect.stringContaining('it names labels 7, 9, but this model has 1, 2'),
    where: join(folder, 'postprocessing.json'),
  });
});

// A file of this name means something else to v2, whose command does not apply it either.
it.skipIf(!existsSync(v2))('is nothing to a model of v2', async () => {
  const folder = join(temporaryFolder(), 'nnUNetTrainer__nnUNetPlans__3d_fullres');
  cpSync(v2, folder, { recursive: true });
  writeFileSync(join(folder, 'postprocessing.json'), JSON.stringify(RULE));
  const model = await loadModel(folder);
  expect(model.rules.postprocessing).toBeNull();
  expect(model.rules.files).not.toHaveProperty(['postprocessing.json']);
  await model.dispose();
});
