export { CounterRandom, counterRandom, type RandomKey } from './counter-random.ts';
export type { Dtype, StoredTensor } from './dtype.ts';
export { float16ToFloat32, float32ToFloat16 } from './half.ts';
export { decodeNpy, encodeNpy, type ReadTensor } from './npy.ts';
export { type NpzReadOptions, readNpz, writeNpz } from './npz.ts';
export { NumpyRandom, numpyRandom } from './numpy-random.ts';
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.ts';
export { sizeOf, stridesOf, type Tensor, type TypedArray } from './tensor.ts';
export { openZip } from './zip-contents.ts';
