import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { decodeSafetensors, encodeSafetensors } from '@nnunet/tensor';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, expect, it } from 'vitest';
import { changeTrainerClass } from './change-trainer-class.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const tensors = new Map([
  ['weight.a', { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }],
  ['weight.b', { data: new Float32Array(5), shape: [5] }],
  ['momentum.a', { data: new Float32Array(6), shape: [2, 3] }],
]);

function writeCheckpoint(
  model: string,
  file: string,
  json: unknown = { version: 1, model: { trainer: 'Old', stage: 0 } },
): string {
  const path = join(root, model, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, encodeSafetensors(tensors, { nnunet: JSON.stringify(json), other: 'kept' }));
  return path;
}

it('renames the trainer of best and final checkpoints, and leaves all else as it was', async () => {
  const changed = ['fold_0/model_best', 'fold_0/model_final_checkpoint', 'all/model_final_checkpoint'].map((name) =>
    writeCheckpoint('good', `${name}.safetensors`),
  );
  const latest = writeCheckpoint('good', 'fold_0/model_latest.safetensors');
  const files = await changeTrainerClass({ modelFolder: join(root, 'good'), trainer: 'aMuchLongerNameOfATrainer' });
  expect(files.sort()).toEqual(changed.sort());
  for (const file of changed) {
    const { json, parameters } = await readCheckpointJson(file);
    expect(json).toEqual({ version: 1, model: { trainer: 'aMuchLongerNameOfATrainer', stage: 0 } });
    expect(parameters).toBe(6 + 5);
    const read = decodeSafetensors(readFileSync(file), file);
    expect(read.metadata.other).toBe('kept');
    for (const [name, { data }] of tensors) expect(read.tensors.get(name)!.data).toEqual(data);
  }
  expect((await readCheckpointJson(latest)).json).toMatchObject({ model: { trainer: 'Old' } });
});

it('changes nothing where one of the checkpoints is bad', async () => {
  const good = writeCheckpoint('mixed', 'fold_0/model_best.safetensors');
  const bad = join(root, 'mixed/fold_1/model_final_checkpoint.safetensors');
  mkdirSync(join(bad, '..'));
  const head = (text: string) => {
    const bytes = Buffer.alloc(8 + text.length);
    bytes.writeBigUInt64LE(BigInt(text.length));
    bytes.write(text, 8);
    return bytes;
  };
  const length = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  for (const [content, fault] of [
    ['', 'too few for a .safetensors file'],
    ['short', 'too few for a .safetensors file'],
    [length(2).subarray(0, 7), 'too few for a .safetensors file'],
    [length(1), 'ends within its header'],
    [length(100_000_001), 'declares a header of 100000001 bytes'],
    [Buffer.alloc(8, 0xff), 'declares a header'],
    [length(100_000_000), 'ends within its header'],
    [Buffer.concat([length(3), Buffer.from('{}')]), 'ends within its header'],
    [head('[1'), 'header that is not JSON'],
    [head('3 '), 'header that is not an object'],
    [head('null'), 'header that is not an object'],
    [head('{}'), 'no key "nnunet"'],
    [head('{"__metadata__": {"nnunet": 1}}'), 'no key "nnunet"'],
    [head('{"__metadata__": {"nnunet": "no"}}'), '"nnunet" is not JSON'],
    [head('{"__metadata__": {"nnunet": "1"}}'), '"nnunet" is not an object'],
    [head('{"__metadata__": {"nnunet": "null"}}'), '"nnunet" is not an object'],
  ] as const) {
    writeFileSync(bad, content);
    await expect(changeTrainerClass({ modelFolder: join(root, 'mixed'), trainer: 'New' })).rejects.toMatchObject({
      tag: 'bad-checkpoint',
      where: bad,
      message: expect.stringContaining(fault),
    });
  }
  expect((await readCheckpointJson(good)).json).toMatchObject({ model: { trainer: 'Old' } });
});

it('refuses a model of v2, and says how its trainer is changed', async () => {
  const name = 'Old__nnUNetPlans__3d_fullres';
  mkdirSync(join(root, name, 'fold_0'), { recursive: true });
  writeFileSync(join(root, name, 'plans.json'), JSON.stringify({ configurations: {} }));
  writeFileSync(join(root, name, 'dataset.json'), '{}');
  writeFileSync(join(root, name, 'fold_0/checkpoint_final.pth'), '');
  await expect(changeTrainerClass({ modelFolder: join(root, name), trainer: 'New' })).rejects.toMatchObject({
    tag: 'usage',
    what: expect.stringContaining('model of nnU-Net v2'),
    where: join(root, name),
    remedy: expect.stringMatching(/New__nnUNetPlans__3d_fullres,.* 3d_fullres FOLD -tr New -p nnUNetPlans --c$/),
  });
});

it('says what it cannot change', async () => {
  mkdirSync(join(root, 'v1/fold_0'), { recursive: true });
  writeFileSync(join(root, 'v1/fold_0/model_final_checkpoint.model.pkl'), '');
  const change = (name: string, trainer = 'New') => changeTrainerClass({ modelFolder: join(root, name), trainer });
  await expect(change('v1')).rejects.toThrow(/nnU-Net v1.*left as it is/);
  await expect(change('none')).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-folder'));
  mkdirSync(join(root, 'empty/fold_0'), { recursive: true });
  await expect(change('empty')).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-checkpoint'));
  for (const name of ['_a', '$b1', 'C$_2']) expect(await change('good', name)).toHaveLength(3);
  for (const name of ['', '1a', 'a-b', 'a b']) await expect(change('good', name)).rejects.toThrow(/name of a class/);
  await expect(change('good', '../x')).rejects.toSatisfy((e) => isNnUNetError(e, 'usage'));
});

it('fills the head up to a multiple of eight bytes, and no further', async () => {
  for (let letters = 1; letters <= 8; letters++) {
    const file = writeCheckpoint('aligned', 'fold_0/model_best.safetensors');
    await changeTrainerClass({ modelFolder: join(root, 'aligned'), trainer: 'T'.repeat(letters) });
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE());
    const text = bytes.toString('utf8', 8, 8 + length);
    expect(length % 8).toBe(0);
    expect(length - text.trimEnd().length).toBeLessThan(8);
    expect(text).toMatch(/^\{.*\} *$/);
    expect(decodeSafetensors(bytes, file).tensors.get('weight.a')!.data).toEqual(tensors.get('weight.a')!.data);
  }
});
