import { encodeSafetensors } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { decodeCheckpoint, METADATA_KEY } from './checkpoint-format.ts';
import { description } from './node/noise-task.fixture.ts';

/** A checkpoint of single numbers, by name, with the given text in its metadata. */
function checkpoint(values: Record<string, number>, metadata: Record<string, string>): Uint8Array {
  const tensors = Object.entries(values).map(
    ([name, value]) => [name, { data: Float32Array.of(value), shape: [1] }] as const,
  );
  return encodeSafetensors(new Map(tensors), metadata);
}

const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1, model: description, epoch: 7 }) };

it('tells weights from momenta, and keeps what else the checkpoint says', () => {
  const values = { 'weight.a': 1, 'momentum.a': 2, other: Number.NaN };
  const { weights, momenta, json, description: found } = decodeCheckpoint(checkpoint(values, metadata), 'm');
  expect([...weights]).toEqual([['a', { data: Float32Array.of(1), shape: [1] }]]);
  expect([...momenta]).toEqual([['a', { data: Float32Array.of(2), shape: [1] }]]);
  expect(json.epoch).toBe(7);
  expect(found).toMatchObject({ trainer: 'nnUNetTrainerV2', mirrorAxes: [0, 2] });
});

it.each([
  ['bad-checkpoint', 'no tensor is named weight.', checkpoint({ 'momentum.a': 1 }, metadata)],
  ['bad-checkpoint', `has no key "${METADATA_KEY}"`, checkpoint({ 'weight.a': 1 }, { other: '{}' })],
  ['bad-checkpoint', 'is not JSON', checkpoint({ 'weight.a': 1 }, { [METADATA_KEY]: '{' })],
  ...['null', '[1]', '7'].map((text): [string, string, Uint8Array] => [
    'bad-checkpoint',
    'is not an object',
    checkpoint({ 'weight.a': 1 }, { [METADATA_KEY]: text }),
  ]),
  ['bad-weights', 'a contains NaN', checkpoint({ 'weight.b': 1, 'weight.a': Number.NaN }, metadata)],
  ['bad-weights', 'a contains -Infinity', checkpoint({ 'weight.a': Number.NEGATIVE_INFINITY }, metadata)],
])('refuses with %s what %s', (tag, what, bytes) => {
  expect(() => decodeCheckpoint(bytes, 'model_final')).toThrow(
    expect.objectContaining({ tag, where: 'model_final', what: expect.stringContaining(what) }),
  );
});
