import { softmaxOverAxis } from './blocked/softmax.ts';
import type { LoweringFactory } from './lowering.ts';

/**
 * Standard operators, as without a lowering, but none that ONNX Runtime's WebGPU provider lacks, so that no value leaves the
 * GPU in the middle of a training step: the logarithm of a softmax is written out. (The plain rules use no transposed
 * convolution, which it lacks in three dimensions.)
 */
export const webgpuLowering: LoweringFactory = ({ graph, plain }) => {
  const values = new Map<number, string>();
  return {
    emit(e) {
      if (e.op !== 'logSoftmax') return false;
      values.set(e.id, softmaxOverAxis(graph, plain(e.inputs[0]!), e));
      return true;
    },
    toPlain: (e) => values.get(e.id)!,
  };
};
