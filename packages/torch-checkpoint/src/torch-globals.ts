import { GlobalReference, type PickleGlobal } from '@nnunet/pickle';
import type { TorchDtype } from './torch-dtype.ts';
import { TorchStorage } from './torch-storage.ts';
import { StoredTorchTensor } from './torch-tensor.ts';

const storageTypes: ReadonlyMap<string, TorchDtype> = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

/** Element type of a storage class; null for anything else. */
export function storageDtype(type: unknown): TorchDtype | null {
  return type instanceof GlobalReference ? (storageTypes.get(type.name) ?? null) : null;
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])`, and its shorter forebear. */
const rebuildTensor: PickleGlobal = {
  construct(args) {
    const [storage, offset, size, stride] = args;
    if (!(storage instanceof TorchStorage)) throw new Error('a tensor without a storage');
    return new StoredTorchTensor(storage, { offset, size, stride });
  },
};

/** `_rebuild_parameter(data, requires_grad, hooks)`: the tensor. */
const rebuildParameter: PickleGlobal = {
  construct([data]) {
    if (!(data instanceof StoredTorchTensor)) throw new Error('a parameter without a tensor');
    return data;
  },
};

/** `torch.device(type[, index])`: as PyTorch prints it, 'cpu' or 'cuda:0'. */
const device: PickleGlobal = {
  construct([type, index]) {
    if (typeof type !== 'string') throw new Error('a device without a name');
    return typeof index === 'number' ? `${type}:${index}` : type;
  },
};

/** `torch.Size(tuple)`: the tuple. */
const size: PickleGlobal = {
  construct([sizes]) {
    if (!Array.isArray(sizes)) throw new Error('a size without numbers');
    return sizes;
  },
};

const dtypes: readonly string[] = [...storageTypes.values()];

/** What a checkpoint may name beside Python's and NumPy's own. */
export const torchGlobals: Readonly<Record<string, PickleGlobal>> = {
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch.device': device,
  'torch.Size': size,
  ...Object.fromEntries([...storageTypes.keys()].map((name) => [name, {}])),
  ...Object.fromEntries(dtypes.map((name) => [`torch.${name}`, { value: `torch.${name}` }])),
};
