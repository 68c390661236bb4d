import { storeGraph } from '@nnunet/autodiff/graphs';
import { inShort } from '@nnunet/errors/internal';
import { formatJson } from '@nnunet/schema';
import { changedKeys } from '@nnunet/schema/internal';
import { forwardPass } from './forward.ts';
import { type NetworkDescription, patchDivisor } from './network-description.ts';

/**
 * Says in words how a network computes something else than another one, even if all its weights have the same shapes;
 * an empty list if both compute the same. How weights are initialised makes no difference.
 */
export function changedNetwork(before: NetworkDescription, now: NetworkDescription): string[] {
  if (computationOf(before) === computationOf(now)) return [];
  const { graph: _before, initialisation: _start, ...old } = before;
  const { graph: _now, initialisation: _other, ...recent } = now;
  const said = (value: unknown) => (value === undefined ? 'the default' : inShort(value));
  const keys = changedKeys(old, recent) as (keyof typeof recent)[];
  const changed = keys.map((key) => `${key} was ${said(old[key])} and is ${said(recent[key])}`);
  return changed.length > 0 ? changed : [`${now.architecture} computes its outputs in another way`];
}

/** What a network computes, as text. Networks for any patch are compared for all of them. */
function computationOf(description: NetworkDescription): string {
  const { graph } = description;
  if (graph !== undefined) {
    const { training, prediction = null, fixed = false, patchSize } = graph;
    return formatJson({ training, prediction, patchSize: fixed ? patchSize : null });
  }
  // In prediction: in training, a batch norm of one sample is an instance norm.
  return formatJson(storeGraph(forwardPass(description, patchDivisor(description))));
}
