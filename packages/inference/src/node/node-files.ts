import { readFileBytes } from '@nnunet/tensor/node/internal';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import type { ModelFiles } from '../model-files.ts';

/** Files by their paths. */
export const nodeFiles: ModelFiles = { bytes: readFileBytes, torch: openTorchFile };
