import type { PickleGlobal } from '@nnunet/pickle';
import { storageTypes, TorchStorage } from './torch-storage.ts';
import { StoredTorchTensor } from './torch-tensor.ts';

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

/** The names that a checkpoint may use besides those of Python and NumPy. */
export const torchGlobals: Readonly<Record<string, PickleGlobal>> = {
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch.device': device,
  'torch.Size': size,
  ...Object.fromEntries([...storageTypes.keys()].map((name) => [name, {}])),
  ...Object.fromEntries([...storageTypes.values()].map((name) => [`torch.${name}`, { value: `torch.${name}` }])),
};
