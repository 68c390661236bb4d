export { crc32 } from './crc32.ts';
export { allocate, dtypeOf } from './dtype.ts';
export { elementPieces } from './elements.ts';
export { firstNotFinite } from './first-not-finite.ts';
export { roundToFloat16 } from './half.ts';
export { safetensorsChunks } from './safetensors.ts';
