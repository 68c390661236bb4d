export { sizeOf, stridesOf, type Tensor, type TypedArray } from './tensor.ts';
