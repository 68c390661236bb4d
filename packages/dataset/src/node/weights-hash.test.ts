import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { readValidationRecord, requireOwnValidation, writeValidationRecord } from './validation-record.ts';
import { hashWeights } from './weights-hash.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** A checkpoint of two weights and one momentum. */
function checkpoint(
  name: string,
  { weight = 1, momentum = 1, shape = [3] as number[], text = '{}', bare = false } = {},
) {
  const tensors = new Map([
    ['weight.b', { data: Float32Array.of(weight, 2, 3), shape }],
    ['weight.a', { data: Float32Array.of(7), shape: [1] }],
    ...(bare ? [] : [['momentum.a', { data: Float32Array.of(momentum), shape: [1] }] as const]),
  ]);
  const file = join(folder, name);
  writeFileSync(file, encodeSafetensors(tensors, { nnunet: text }));
  return file;
}

describe('hashWeights', () => {
  it('tells models apart by their weights, and by nothing else', async () => {
    const same = await hashWeights(checkpoint('a'));
    expect(same).toMatch(/^[0-9a-f]{64}$/);
    for (const other of [{ momentum: 2 }, { text: '{"trainer":"Mine"}' }, { bare: true }])
      expect(await hashWeights(checkpoint('b', other))).toBe(same);
    for (const other of [{ weight: 1.0000001 }, { shape: [3, 1] }])
      expect(await hashWeights(checkpoint('b', other))).not.toBe(same);
  });

  it('names a file that is damaged', async () => {
    const file = checkpoint('a', { bare: true });
    const bytes = readFileSync(file);
    for (const damaged of [bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 5), Buffer.alloc(64, 255)]) {
      writeFileSync(file, damaged);
      await expect(hashWeights(file)).rejects.toMatchObject({ tag: 'bad-safetensors', where: file });
    }
  });
});

describe('requireOwnValidation', () => {
  const validate = async (model: { file: string; sha256: string } | null) => {
    const to = join(folder, 'validation_raw');
    await mkdir(to, { recursive: true });
    await writeValidationRecord(to, { model, args: { step_size: 0.5 } });
    writeFileSync(join(to, 'summary.json'), '{}');
  };
  const check = () => requireOwnValidation(folder, 'validation_raw');

  it('accepts the validation of the model that is there, or of one that is not told', async () => {
    await expect(check()).rejects.toThrow(/validation of this fold is missing/);
    const model = { file: 'final', sha256: await hashWeights(checkpoint('final')) };
    await validate(model);
    await check();
    expect(await readValidationRecord(join(folder, 'validation_raw'))).toEqual({ model, args: { step_size: 0.5 } });
    checkpoint('final', { momentum: 5 });
    await check();
    await validate(null);
    checkpoint('final', { weight: 5 });
    await check();
    await rm(join(folder, 'validation_raw', 'summary.json'));
    await expect(check()).rejects.toThrow(/did not end/);
  });

  it('refuses that of a model before, and of one whose training was begun again', async () => {
    await validate({ file: 'final', sha256: await hashWeights(checkpoint('final')) });
    checkpoint('final', { weight: 5 });
    await expect(check()).rejects.toMatchObject({ tag: 'stale-validation', message: /earlier model than final/ });
    await rm(join(folder, 'final'));
    await expect(check()).rejects.toMatchObject({ tag: 'stale-validation', message: /no longer there/ });
  });
});
