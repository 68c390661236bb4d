import { PersistentId, PythonGlobal, writePickle } from '@nnunet/pickle';
import { type StoredTensor, stridesOf, type TypedArray } from '@nnunet/tensor';
import { crc32, elementPieces, storedDtype, zipChunks } from '@nnunet/tensor/internal';
import { storageTypes, type TorchDtype } from './torch-storage.ts';

/** Plain data with tensors: what `readPickle` of `@nnunet/pickle` returns, where frozen arrays are tuples, and objects. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | StoredTensor
  | readonly TorchValue[]
  | ReadonlyMap<unknown, TorchValue>
  | { readonly [key: string]: TorchValue };

/** PyTorch aligns the elements of every storage to this many bytes. */
const ALIGNMENT = 64;

const classNames = new Map([...storageTypes].map(([name, dtype]) => [dtype, name.slice('torch.'.length)]));

/**
 * Encodes a value as `torch.save` of PyTorch 1.6 and later does, in pieces that share memory with the tensors: a zip
 * archive whose pickle names nothing but tensors and ordered dictionaries, so that `torch.load` reads it with and
 * without `weights_only`. Tensors of the same array share a storage.
 *
 * @param value anything of {@link TorchValue}; an object with an array of numbers as `data` is a tensor, other objects
 * are dictionaries
 * @throws TypeError for other values, and for tensors that PyTorch does not have
 */
export function torchCheckpointChunks(value: TorchValue): Uint8Array[] {
  const storages = new Map<TypedArray, { key: string; dtype: TorchDtype }>();

  function rebuilt(tensor: StoredTensor): PythonGlobal {
    const dtype = storedDtype(tensor) as TorchDtype;
    const className = classNames.get(dtype);
    if (className === undefined) throw new TypeError(`PyTorch does not store tensors of ${dtype}`);
    const { data, shape } = tensor;
    const storage = storages.get(data) ?? { key: `${storages.size}`, dtype };
    if (storage.dtype !== dtype) throw new TypeError(`an array is both ${storage.dtype} and ${dtype}`);
    storages.set(data, storage);
    const id = tuple('storage', new PythonGlobal('torch', className), storage.key, 'cpu', data.length);
    const strides = stridesOf(shape);
    const hooks = new PythonGlobal('collections', 'OrderedDict', []);
    const args = [new PersistentId(id), 0, tuple(...shape), tuple(...strides), false, hooks];
    return new PythonGlobal('torch._utils', '_rebuild_tensor_v2', args);
  }

  const pickle = writePickle(value, { replace: (object) => (isTensor(object) ? rebuilt(object) : undefined) });
  const text = (content: string) => [new TextEncoder().encode(content)];
  const files: [name: string, content: Uint8Array[]][] = [
    ['data.pkl', [pickle]],
    ['byteorder', text('little')],
    ...[...storages].map(([data, { key, dtype }]): [string, Uint8Array[]] => [
      `data/${key}`,
      [...elementPieces(data, dtype as Exclude<TorchDtype, 'bfloat16'>)],
    ]),
    ['version', text('3\n')],
  ];
  const parts = files.map(([name, compressed]) => ({
    name: `archive/${name}`,
    method: 0,
    crc: compressed.reduce((crc, piece) => crc32(piece, crc), 0),
    size: compressed.reduce((size, piece) => size + piece.length, 0),
    compressed,
  }));
  return zipChunks(parts, ALIGNMENT);
}

function isTensor(value: object): value is StoredTensor {
  return 'data' in value && ArrayBuffer.isView(value.data);
}

function tuple(...items: unknown[]): readonly unknown[] {
  return Object.freeze(items);
}
