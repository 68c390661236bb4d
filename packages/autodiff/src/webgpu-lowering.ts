import { softmaxOverAxis } from './blocked/softmax.ts';
import type { LoweringFactory } from './lowering.ts';

/**
 * The plain lowering without operators that ONNX Runtime's WebGPU provider lacks, so that no value leaves the GPU
 * during a training step: log-softmax is composed of other operators. (The plain rules do not use the 3D transposed
 * convolution, which it also lacks.)
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
