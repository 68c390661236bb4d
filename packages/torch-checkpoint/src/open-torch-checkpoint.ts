import { asCheckpointError } from './bad-checkpoint.ts';
import { readLegacyForm } from './legacy-form.ts';
import { type RangeSource, readChecked } from './range-source.ts';
import { readZipForm } from './zip-form.ts';

export interface TorchCheckpoint {
  /** 'zip': PyTorch 1.6 and later; 'legacy': earlier versions. */
  readonly form: 'zip' | 'legacy';
  /**
   * The saved object as returned by {@link readPickle} of `@nnunet/pickle` (dictionaries are Maps), with a {@link
   * TorchTensor} for each tensor and parameter; devices and types are strings such as 'cuda:0'.
   */
  readonly value: unknown;
}

/**
 * Opens a file written by torch.save without executing anything in it. Reads only its directory and its pickle: each
 * tensor reads its own elements on request, so the source must stay open as long as tensors are read.
 * @throws NnUNetError 'bad-checkpoint' for every file that is damaged, malicious or of another kind
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
