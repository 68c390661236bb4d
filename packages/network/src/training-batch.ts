import type { BatchInput, NetworkGraph } from './network-graph.ts';

export interface TrainingBatch {
  /** (samples, channels, …patch). */
  data: Float32Array;
  /**
   * Labels per output, full resolution first, (samples, 1, …spatial of the output); may be omitted for outputs with
   * zero loss weight.
   */
  targets: readonly (Float32Array | Uint8Array | Int8Array)[];
}

/** Returns the arrays of a batch that a graph reads. @throws RangeError for a missing target */
export function batchInputs(
  { targets: outputs }: NetworkGraph<BatchInput>['inputs'],
  { data, targets }: TrainingBatch,
): { data: Float32Array; targets: ReadonlyMap<number, TrainingBatch['targets'][number]> } {
  const read = [...outputs.keys()].map((output) => {
    const target = targets[output];
    if (target === undefined) throw new RangeError(`the batch has no target for output ${output}`);
    return [output, target] as const;
  });
  return { data, targets: new Map(read) };
}
