export { CounterRandom, counterRandom, type RandomKey } from './counter-random.ts';
export { allocate, bytesOf, type Dtype, dtypeOf, type StoredTensor } from './dtype.ts';
export { float16ToFloat32, float32ToFloat16, roundToFloat16 } from './half.ts';
export { decodeNpy, encodeNpy, npyChunks, type ReadTensor } from './npy.ts';
export { decodeNpyHeader, encodeNpyHeader, type NpyHeader } from './npy-header.ts';
export { type NpzReadOptions, readNpz, writeNpz } from './npz.ts';
export { NumpyRandom, numpyRandom } from './numpy-random.ts';
export { decodeSafetensors, encodeSafetensors, type Safetensors, safetensorsChunks } from './safetensors.ts';
export { sizeOf, stridesOf, type Tensor, type TypedArray } from './tensor.ts';
