export { openTorchCheckpoint, type TorchCheckpoint } from './open-torch-checkpoint.ts';
export { bytesSource, type RangeSource } from './range-source.ts';
export { type TorchValue, torchCheckpointChunks } from './torch-checkpoint-chunks.ts';
export type { TorchDtype, TorchElements } from './torch-storage.ts';
export { isTorchTensor, type TorchTensor } from './torch-tensor.ts';
