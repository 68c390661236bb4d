export { openTorchFile, type TorchFile } from './open-torch-file.ts';
export { writeTorchFile } from './write-torch-file.ts';
