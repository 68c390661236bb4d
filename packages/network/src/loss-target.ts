import type { Expression } from '@nnunet/autodiff';
import { oneHot, slice, subtract } from '@nnunet/autodiff/operators';
import { labelledVoxels } from './labelled-voxels.ts';

/** What the target of a loss holds. */
export interface TargetOptions {
  /** Regions, which may overlap: sigmoids, and a target of 0 or 1 per region. Default: labels. */
  regions?: boolean;
  /**
   * Label of voxels that count nowhere. With regions, the target has one more channel at the end, 1 at these voxels.
   * Default: all voxels count.
   */
  ignoreLabel?: number | undefined;
}

/** The part of a loss that reads the target; see `Loss`. */
export interface LossTarget {
  targetChannels(classes: number): number;
  annotated?(target: Expression): Expression;
  regions: boolean;
  /** Returns 0 or 1 per class, (samples, classes, …spatial); of labels that are ignored, 0 for every class. */
  truth(target: Expression, classes: number): Expression;
}

export function lossTarget({ regions = false, ignoreLabel }: TargetOptions): LossTarget {
  const ignores = ignoreLabel !== undefined;
  const annotated = (target: Expression) =>
    regions ? subtract(1, channelsOf(target, target.shape[1]! - 1, 1)) : labelledVoxels(target, ignoreLabel!);
  return {
    regions,
    targetChannels: (classes) => (regions ? classes + Number(ignores) : 1),
    ...(ignores && { annotated }),
    truth(target, classes) {
      if (!regions) return oneHot(target, classes);
      return ignores ? channelsOf(target, 0, classes) : target;
    },
  };
}

/** Takes some channels, (samples, count, …spatial). */
export function channelsOf(x: Expression, first: number, count: number): Expression {
  const [samples, , ...size] = x.shape as [number, number, ...number[]];
  return slice(x, [0, first, ...size.map(() => 0)], [samples, count, ...size]);
}
