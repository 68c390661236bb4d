import { NnUNetError } from '@nnunet/errors';
import { isTorchTensor, type TorchTensor } from '@nnunet/torch-checkpoint';
import { requireFiniteWeights, type WeightMap } from './checkpoint-format.ts';

/** The key under which each program stores the weights. */
const KEYS = [
  { key: 'state_dict', writer: 'nnU-Net v1', remedy: 'A model folder of nnU-Net v2 contains checkpoint_*.pth files.' },
  {
    key: 'network_weights',
    writer: 'nnU-Net v2',
    remedy:
      'A model folder of nnU-Net v1 contains model_*.model files. A model of v2 is read as a folder, with plans.json.',
  },
] as const;

/**
 * Returns the tensors under a key of an opened PyTorch file.
 *
 * @throws NnUNetError 'bad-checkpoint' if there are none
 */
export function tensorsOf(content: unknown, key: string, where: string): Map<string, TorchTensor> {
  const dictionary = content instanceof Map ? content.get(key) : undefined;
  const tensors = new Map<string, TorchTensor>();
  if (dictionary instanceof Map)
    for (const [name, value] of dictionary)
      if (typeof name === 'string' && isTorchTensor(value)) tensors.set(name, value);
  if (tensors.size > 0) return tensors;
  const other = content instanceof Map && KEYS.find((known) => known.key !== key && content.has(known.key));
  if (other) {
    const wanted = KEYS.find((known) => known.key === key)?.writer ?? 'this program';
    throw new NnUNetError('bad-checkpoint', {
      what: `is a checkpoint of ${other.writer}, but one of ${wanted} is needed here`,
      where,
      remedy: other.remedy,
    });
  }
  throw new NnUNetError('bad-checkpoint', {
    what: `contains no weights under the key "${key}"`,
    where,
    remedy: 'Use a checkpoint written by nnU-Net.',
  });
}

/**
 * Reads tensors one by one, in single precision.
 *
 * @throws NnUNetError 'bad-weights' if a value is not finite
 */
export async function readTorchWeights(tensors: ReadonlyMap<string, TorchTensor>, where: string): Promise<WeightMap> {
  const weights: WeightMap = new Map();
  for (const [name, tensor] of tensors) {
    const data = await tensor.read();
    const single = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number);
    requireFiniteWeights(single, name, where);
    weights.set(name, { data: single, shape: [...tensor.shape] });
  }
  return weights;
}

/** Runs a step that does not know the file its data comes from, and adds the file to its errors. */
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
