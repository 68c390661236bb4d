import { createHash } from 'node:crypto';
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

  it('hashes names, types, shapes and numbers of the weights in the order of their names, in pieces', async () => {
    // 4 MiB and 3 numbers
    const large = Float32Array.from({ length: 2 ** 20 + 3 }, (_, i) => i);
    const small = Float32Array.of(7, 8);
    const tensors = { 'weight.b': large, other: small, 'weight.a': small };
    const file = join(folder, 'large');
    const shapeOf = (data: Float32Array) => [1, data.length];
    const entries = Object.entries(tensors).map(([name, data]) => [name, { data, shape: shapeOf(data) }] as const);
    writeFileSync(file, encodeSafetensors(new Map(entries), {}));
    const expected = createHash('sha256');
    expected.update('weight.a F32 1 2\n').update(small);
    expected.update('weight.b F32 1 1048579\n').update(large);
    expect(await hashWeights(file)).toBe(expected.digest('hex'));
    await expect(hashWeights(file, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(hashWeights(join(folder, 'no'))).rejects.toMatchObject({ tag: 'missing-file' });
  });

  it.each([
    ['no object', '7'],
    ['no JSON', '{'],
    ['no weights', '{"momentum.a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'],
    ['no shape', '{"weight.a": {"dtype": "F32", "data_offsets": [0, 4]}}'],
    ['no place', '{"weight.a": {"dtype": "F32", "shape": [1]}}'],
    ['a place before the numbers', '{"weight.a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 4]}}'],
    ['an end before its start', '{"weight.a": {"dtype": "F32", "shape": [1], "data_offsets": [8, 4]}}'],
    ['numbers beyond the file', '{"weight.a": {"dtype": "F32", "shape": [1], "data_offsets": [12, 20]}}'],
  ])('refuses a head with %s', async (_, text) => {
    const file = join(folder, 'bad');
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file, Buffer.concat([size, Buffer.from(text), Buffer.alloc(16)]));
    await expect(hashWeights(file)).rejects.toMatchObject({ tag: 'bad-safetensors', where: file });
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
    await expect(check()).rejects.toThrow(/did not finish/);
  });

  it('takes a record that does not tell its model whole for one that does not', async () => {
    const to = join(folder, 'validation_raw');
    await mkdir(to);
    for (const text of ['{"model": {"file": "final"}, "n": 1}', '{"model": {"sha256": "a"}, "n": 1}', '{"n": 1}']) {
      writeFileSync(join(to, 'validation_args.json'), text);
      expect(await readValidationRecord(to)).toEqual({ model: null, args: { n: 1 } });
    }
    writeFileSync(join(to, 'validation_args.json'), '{');
    expect(await readValidationRecord(to)).toBeNull();
    writeFileSync(join(to, 'summary.json'), '{}');
    await check();
  });

  it('refuses that of a model before, and of one whose training was begun again', async () => {
    await validate({ file: 'final', sha256: await hashWeights(checkpoint('final')) });
    checkpoint('final', { weight: 5 });
    await expect(check()).rejects.toMatchObject({ tag: 'stale-validation', message: /earlier model than final/ });
    await rm(join(folder, 'final'));
    await expect(check()).rejects.toMatchObject({ tag: 'stale-validation', message: /no longer exists/ });
  });
});
