import type { Expression } from '@nnunet/autodiff';
import { type NetworkDescription, outputShapes } from './network-description.ts';

/**
 * Says in words what is wrong with the outputs of a network for a batch, or null. There may be more outputs than
 * needed.
 *
 * @param outputs anything
 */
export function faultOfOutputs(
  outputs: unknown,
  description: Omit<NetworkDescription, 'architecture'>,
  { patchSize, samples }: { patchSize: readonly number[]; samples: number },
): string | null {
  if (!Array.isArray(outputs)) return 'outputs returns no list of expressions';
  const expected = outputShapes(description, patchSize, samples);
  if (outputs.length < expected.length) {
    return `outputs returns ${outputs.length} expressions, but deep supervision needs ${expected.length}`;
  }
  for (const [i, shape] of expected.entries()) {
    const output: unknown = outputs[i];
    if (!isExpression(output)) return `output ${i} is no expression`;
    if (output.shape.join() === shape.join() && output.type === 'float') continue;
    const found = `${output.shape.join(' x ')}${output.type === 'float' ? '' : ` of ${output.type}`}`;
    return `output ${i} has the shape ${found}, but ${shape.join(' x ')} is expected (samples, classes, size)`;
  }
  return null;
}

function isExpression(value: unknown): value is Expression {
  const { op, inputs, shape } = (value ?? {}) as Partial<Expression>;
  return typeof op === 'string' && Array.isArray(inputs) && Array.isArray(shape);
}
