import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import type { Checkpoint } from '../checkpoint.ts';
import { createTrainer } from '../create-trainer.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { FoldFolder } from './fold-folder.ts';

const disk = vi.hoisted(() => ({ loses: false }));
vi.mock('@nnunet/tensor/node/internal', async (original) => {
  const module = await original<typeof import('@nnunet/tensor/node/internal')>();
  const write: typeof module.writeFileAtomic = async (file, content) => {
    await module.writeFileAtomic(file, content);
    if (disk.loses) await writeFile(file, 'lost');
  };
  return { ...module, writeFileAtomic: write };
});

const plans = tinyPlans([8, 8]);
const tensor = (value: number) => ({ data: Float32Array.of(value), shape: [1] });

function checkpoint(epoch: number): Checkpoint {
  const state = startingState(resolveSettings({ epochs: 9 }), 0.9);
  state.epoch = epoch;
  return {
    model: createTrainer({ plans, configuration: '2d', trainer: 'nnUNetTrainerV2' }).describeModel(),
    about: { fold: 1 },
    state,
    weights: new Map([['a', tensor(1)]]),
    momenta: new Map([['a', tensor(2)]]),
  };
}

async function madeFolder(): Promise<FoldFolder> {
  const folder = new FoldFolder(temporaryFolder(), 1);
  await mkdir(folder.path);
  return folder;
}

it('loads the first checkpoint of those asked for that is there', async () => {
  const folder = await madeFolder();
  await folder.save('final', checkpoint(9));
  await folder.save('best', checkpoint(4));
  expect(await folder.load(['latest', 'best', 'final'], '')).toMatchObject({
    kind: 'best',
    checkpoint: { state: { epoch: 4 }, about: { fold: 1 } },
  });
  await expect(folder.load(['latest'], 'Train it.')).rejects.toMatchObject({
    tag: 'missing-checkpoint',
    what: 'no checkpoint found (model_latest)',
    where: folder.path,
    remedy: 'Train it.',
  });
  await folder.remove('best');
  await folder.remove('best');
  expect(['latest', 'best', 'final'].map((kind) => folder.has(kind as 'final'))).toEqual([false, false, true]);
});

it('renames the checkpoints of an earlier training, each of which there is', async () => {
  const folder = await madeFolder();
  expect(await folder.setAside()).toEqual([]);
  await folder.save('latest', checkpoint(3));
  await folder.save('final', checkpoint(9));
  const names = ['model_latest.replaced.safetensors', 'model_final_checkpoint.replaced.safetensors'];
  expect(await folder.setAside()).toEqual(names);
  expect((await readdir(folder.path)).sort()).toEqual(names.sort());
});

it('removes checkpoints that a killed training had not written to their end, of either kind', async () => {
  const folder = await madeFolder();
  const unfinished = [
    '.model_latest.safetensors.0123456789ab.tmp',
    '.model_best.safetensors.ba9876543210.tmp',
    '.checkpoint_latest.pth.0123456789ab.tmp',
    '.checkpoint_final.pth.ba9876543210.tmp',
  ];
  const others = ['.other.pth.0123456789ab.tmp', 'checkpoint_best.pth', 'other.tmp'];
  for (const name of [...unfinished, ...others]) await writeFile(join(folder.path, name), 'part');
  await (await folder.lock()).release();
  expect((await readdir(folder.path)).sort()).toEqual(others);
});

it('changes nothing where another process has taken the fold over', async () => {
  const folder = await madeFolder();
  await folder.save('latest', checkpoint(3));
  const lock = await folder.lock();
  const file = join(folder.path, 'training.lock');
  const own = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...JSON.parse(own), host: 'elsewhere', lock: 'theirs' }));
  for (const change of [
    () => folder.save('latest', checkpoint(5)),
    () => folder.setAside(),
    () => folder.remove('latest'),
  ])
    await expect(change()).rejects.toMatchObject({ tag: 'lock-lost' });
  expect((await folder.load(['latest'], '')).checkpoint.state.epoch).toBe(3);
  await writeFile(file, own);
  await lock.release();
});

it('reads the first checkpoint again, and no more once one was found whole', async () => {
  const folder = await madeFolder();
  disk.loses = true;
  await expect(folder.save('latest', checkpoint(1))).rejects.toMatchObject({ tag: 'bad-file-system' });
  await expect(folder.save('latest', checkpoint(2))).rejects.toMatchObject({ tag: 'bad-file-system' });
  disk.loses = false;
  await folder.save('latest', checkpoint(3));
  disk.loses = true;
  await folder.save('latest', checkpoint(4));
  disk.loses = false;
});
