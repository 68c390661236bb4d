import { decodeSafetensors, encodeSafetensors } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { METADATA_KEY } from './checkpoint-format.ts';
import { withoutMomenta } from './without-momenta.ts';

it('keeps all but the momenta, and what the checkpoint says', () => {
  const tensors = ['weight.a', 'momentum.a', 'weight.momentum.b', 'other'].map(
    (name, i) => [name, { data: Float32Array.of(i, i), shape: [1, 2] }] as const,
  );
  const metadata = { [METADATA_KEY]: '{"version":1}' };
  const bytes = Buffer.concat(withoutMomenta(encodeSafetensors(new Map(tensors), metadata), 'm'));
  const decoded = decodeSafetensors(bytes, 'm');
  expect([...decoded.tensors.keys()].sort()).toEqual(['other', 'weight.a', 'weight.momentum.b']);
  expect(decoded.tensors.get('other')).toMatchObject({ data: Float32Array.of(3, 3), shape: [1, 2] });
  expect(decoded.metadata).toEqual(metadata);
});
