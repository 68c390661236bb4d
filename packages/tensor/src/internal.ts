export { copyBox } from './copy-box.ts';
export { crc32 } from './crc32.ts';
export { allocate, bytesOf, dtypeOf, numpyCodes } from './dtype.ts';
export { concatenate, elementPieces, elementsFromBytes, swapBytes } from './elements.ts';
export { firstNotFinite } from './first-not-finite.ts';
export { bfloat16ToFloat32, roundToFloat16 } from './half.ts';
export { encodeSafetensorsHead, safetensorsChunks } from './safetensors.ts';
export { fromColumnMajor, toRowMajor } from './tensor.ts';
export { readZipDirectory, startOf, type ZipMember, type ZipSource } from './zip-directory.ts';
