import { type Expression, reachable } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { messageOf } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import type { Loss } from './loss.ts';

/**
 * Says in words what is wrong with a loss, or null: it must compute one number that depends on what the network
 * computes and on the target.
 *
 * @param shape of the logits, (samples, classes, …spatial)
 */
export function faultOfLoss(loss: Loss, shape: readonly [number, number, ...number[]]): string | null {
  const [samples, classes, ...size] = shape;
  const logits = input('logits', shape);
  let method = 'targetChannels';
  try {
    const target = input('target', [samples, loss.targetChannels(classes), ...size]);
    method = 'sums';
    const sums = loss.sums(logits, target);
    method = 'value';
    const value: Expression | undefined = loss.value(sums, { samples, voxels: sizeOf(size), classes });
    if (!Array.isArray(value?.shape)) return `value: an expression expected, found ${value}`;
    if (value.shape.length > 0) return `value: one number expected, found an array (${value.shape.join(' x ')})`;
    const needed = reachable([value]);
    if (!needed.includes(logits)) return 'it does not depend on the output of the network';
    return needed.includes(target) ? null : 'it does not depend on the target';
  } catch (cause) {
    return `${method} failed: ${messageOf(cause)}`;
  }
}
