export { openTorchFile, type TorchFile } from './open-torch-file.ts';
