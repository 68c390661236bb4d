import type { Expression, ExpressionOf } from '../expression.ts';

/** Whether the slice cuts only the channels (axis 1), without steps. */
export function isChannelSlice(e: ExpressionOf<'slice'>): boolean {
  const x = e.inputs[0]!;
  return e.attributes.steps[1] === 1 && e.shape.every((n, i) => i === 1 || n === x.shape[i]);
}

/**
 * Returns the readers in channel order if they are slices that together cover all channels, otherwise an empty list.
 */
export function channelSlices(readers: readonly Expression[], channels: number): ExpressionOf<'slice'>[] {
  const slices = readers.filter((r): r is ExpressionOf<'slice'> => r.op === 'slice' && isChannelSlice(r));
  slices.sort((a, b) => a.attributes.starts[1]! - b.attributes.starts[1]!);
  let channel = 0;
  for (const s of slices) {
    if (s.attributes.starts[1] !== channel) return [];
    channel += s.shape[1]!;
  }
  return slices.length === readers.length && channel === channels ? slices : [];
}
