import { counted, listed } from '@nnunet/errors/internal';
import type { PretrainedStart } from '../pretrained-weights.ts';

/**
 * What the log says of the beginning of a new training: that there was nothing to continue, and which pretrained weights it
 * takes; null for one from new weights, as asked.
 */
export function beginningInWords({
  continueTraining,
  pretrained,
}: {
  continueTraining?: boolean | undefined;
  pretrained: PretrainedStart | null;
}): string | null {
  const lines: string[] = [];
  if (continueTraining) lines.push('there is no checkpoint to continue from: a new training starts');
  if (pretrained !== null) {
    const { taken, weights, leftOut } = pretrained;
    lines.push(`starting from pretrained weights: ${taken} of ${counted(weights.size, 'parameter')} taken`);
    if (leftOut.length > 0) lines.push(`pretrained weights that are not used: ${listed(leftOut, 50)}`);
  }
  return lines.length === 0 ? null : lines.join('\n');
}
