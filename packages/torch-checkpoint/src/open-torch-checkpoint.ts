import { asCheckpointError } from './bad-checkpoint.ts';
import { readLegacyForm } from './legacy-form.ts';
import { type RangeSource, readChecked } from './range-source.ts';
import { readZipForm } from './zip-form.ts';

export interface TorchCheckpoint {
  /** 'zip': PyTorch 1.6 and later; 'legacy': before. */
  readonly form: 'zip' | 'legacy';
  /**
   * What was saved, as {@link readPickle} of `@nnunet/pickle` gives it (dictionaries are Maps), with a
   * {@link TorchTensor} in place of each tensor and parameter; devices and types are texts such as 'cuda:0'.
   */
  readonly value: unknown;
}

/**
 * Opens a file of torch.save without running anything in it. Only its directory and its pickle are read: each tensor
 * reads its own elements when asked, so the source must stay open as long as tensors are read.
 * @throws NnUNetError 'bad-checkpoint' for every file that is damaged, hostile or of another kind
 */
export async function openTorchCheckpoint(source: RangeSource): Promise<TorchCheckpoint> {
  try {
    const head = await readChecked(source, 0, Math.min(4, source.size));
    const zip = head[0] === 0x50 && head[1] === 0x4b;
    return zip
      ? { form: 'zip', value: await readZipForm(source) }
      : { form: 'legacy', value: await readLegacyForm(source) };
  } catch (cause) {
    throw asCheckpointError(cause, source.name);
  }
}
