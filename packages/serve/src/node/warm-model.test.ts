import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { niftiOf, noise, writeModel } from '../../test/model.fixture.ts';
import { WarmModel } from './warm-model.ts';

const built = existsSync(new URL('../../dist/node/model-worker.js', import.meta.url));

it.skipIf(!built)(
  'loads a model again if its thread ended, as often as it takes (skipped before the first build)',
  async () => {
    const root = temporaryFolder();
    writeModel(join(root, 'model'), ['MRI']);
    const image = join(root, 'image.nii');
    writeFileSync(image, await niftiOf(noise(1)));
    const model = await WarmModel.load({ folder: join(root, 'model'), integers: true });
    expect(model.integers).toMatch(/^floating point instead of 8-bit integers: /);
    await model.close();
    const outputFolder = join(root, 'out');
    mkdirSync(outputFolder);
    const { signal } = new AbortController();
    const work = { images: [image], outputFolder, format: 'nii.gz', preset: 'quick' } as const;
    renameSync(join(root, 'model'), join(root, 'away'));
    await expect(model.predict(work, { signal, onProgress: () => undefined })).rejects.toMatchObject({
      where: join(root, 'model'),
    });
    renameSync(join(root, 'away'), join(root, 'model'));
    const { file, voxelVolume } = await model.predict(work, { signal, onProgress: () => undefined });
    expect([existsSync(file), voxelVolume]).toEqual([true, 2]);
    const stopped = model.predict(work, { signal: AbortSignal.abort(new Error('gone')), onProgress: () => undefined });
    await expect(stopped).rejects.toThrow('gone');
    await model.close();
  },
);
