import { NnUNetError } from '@nnunet/errors';
import { isTorchTensor, type TorchTensor } from '@nnunet/torch-checkpoint';
import type { WeightMap } from '../checkpoint-format.ts';

/**
 * The tensors under a key of an opened PyTorch file.
 * @throws NnUNetError 'bad-checkpoint' where there are none
 */
export function tensorsOf(content: unknown, key: string, where: string): Map<string, TorchTensor> {
  const dictionary = content instanceof Map ? content.get(key) : undefined;
  const tensors = new Map<string, TorchTensor>();
  if (dictionary instanceof Map)
    for (const [name, value] of dictionary)
      if (typeof name === 'string' && isTorchTensor(value)) tensors.set(name, value);
  if (tensors.size > 0) return tensors;
  throw new NnUNetError('bad-checkpoint', {
    what: `holds no weights under the key "${key}"`,
    where,
    remedy: 'Take a checkpoint that nnU-Net has written.',
  });
}

/** Reads tensors one after the other, in single precision. */
export async function readTorchWeights(tensors: ReadonlyMap<string, TorchTensor>): Promise<WeightMap> {
  const weights: WeightMap = new Map();
  for (const [name, tensor] of tensors) {
    const data = await tensor.read();
    const single = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number);
    weights.set(name, { data: single, shape: [...tensor.shape] });
  }
  return weights;
}

/** Runs a step that does not know which file its material is from; its errors then name the file. */
export function naming<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof Error) || (cause as Partial<NnUNetError>).nnunet !== true) throw cause;
    const { tag, where, remedy, message } = cause as NnUNetError;
    if (where?.includes('/')) throw cause;
    const [what = message] = message.split('\n');
    throw new NnUNetError(tag, { what, where: file, remedy, cause });
  }
}
