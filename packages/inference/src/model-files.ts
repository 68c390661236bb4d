import type { TorchCheckpoint } from '@nnunet/torch-checkpoint';

/** An open PyTorch file. Close it after reading the last tensor. */
export interface OpenTorchFile extends TorchCheckpoint {
  close(): Promise<void>;
}

/** Where the files of a model are read from, by path: a folder, or an archive. */
export interface ModelFiles {
  bytes(path: string): Promise<Uint8Array>;
  /** Opens a PyTorch file; what it contains is never executed. */
  torch(path: string): Promise<OpenTorchFile>;
}
