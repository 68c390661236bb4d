import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import type { AugmentationRecipe } from './recipe.ts';
import type { AnyTransform, Sample, SampleContext } from './transform-entry.ts';
import { usualOrder } from './transform-registry.ts';

/** Whether a transform is not one of the shipped ones, which keep to the rules. */
function isOwn({ name }: Pick<AnyTransform, 'name'>): boolean {
  return !(usualOrder as readonly string[]).includes(name);
}

/** Draws a transform; a mistake of one of the user's own becomes an error that names it. */
export function drawTransform(transform: AnyTransform, settings: unknown, context: SampleContext): unknown {
  const drawn = called(transform, 'draw', () => transform.draw(settings as never, context));
  if (drawn === undefined) throw badTransform(transform, 'drew undefined', 'Return null to leave a sample unchanged.');
  return drawn;
}

/**
 * Applies a transform. What one of the user's own did to the sample is checked afterwards.
 *
 * @throws NnUNetError 'bad-transform' for another array or shape, for values that are not finite, and for labels
 *   other than those of the recipe
 */
export function applyTransform(
  transform: AnyTransform,
  sample: Sample,
  drawn: unknown,
  labels: AugmentationRecipe['labels'],
): void {
  const before = { ...sample, shape: [...sample.shape] };
  called(transform, 'apply', () => transform.apply(sample, drawn));
  if (!isOwn(transform)) return;
  for (const key of ['data', 'seg', 'previous'] as const) {
    if (sample[key] === before[key]) continue;
    throw badTransform(transform, `replaced the array \`${key}\``, 'Change the values of the array.');
  }
  if (sample.shape.join() !== before.shape.join() || sample.channels !== before.channels) {
    const [had, has] = [before, sample].map(({ channels, shape }) => [channels, ...shape].join(' x '));
    throw badTransform(transform, `changed the shape from ${had} to ${has}`, 'Keep the shape of the sample.');
  }
  requireFinite(transform, sample);
  const allowed = new Uint8Array(257).fill(labels === undefined ? 1 : 0);
  for (const label of [-1, 0, ...(labels ?? [])]) allowed[label + 1] = 1;
  for (const values of [sample.seg, sample.previous ?? []]) {
    for (let i = 0; i < values.length; i++) {
      const label = values[i]! | 0;
      if (label === values[i] && allowed[label + 1] === 1) continue;
      const remedy = labels && `Write only -1 and the labels of the task: ${[0, ...labels].join(', ')}.`;
      throw badTransform(transform, `wrote the label ${values[i]}, which the task does not have`, remedy);
    }
  }
}

function requireFinite(transform: AnyTransform, { data, channels }: Sample): void {
  const size = data.length / channels;
  for (let c = 0; c < channels; c++) {
    let nothing = 0;
    // 0 for every finite value; NaN otherwise.
    for (let i = c * size; i < (c + 1) * size; i++) nothing += data[i]! * 0;
    if (nothing !== 0) throw badTransform(transform, `wrote values that are not finite into modality ${c}`);
  }
}

function called<T>(transform: AnyTransform, method: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (!isOwn(transform) || isNnUNetError(cause)) throw cause;
    const message = messageOf(cause);
    throw badTransform(transform, `failed in \`${method}\`: ${message}`, undefined, cause);
  }
}

function badTransform({ name }: AnyTransform, what: string, remedy?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-transform', { what: `the transform ${name} ${what}`, remedy, cause });
}
