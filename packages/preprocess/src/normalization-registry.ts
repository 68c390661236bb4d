import { isNnUNetError, NnUNetError, Registry } from '@nnunet/errors';
import { messageOf, objectWith } from '@nnunet/errors/internal';
import type { ChannelContext, Normalization } from './normalization-entry.ts';
import { schemesV1 } from './normalize.ts';
import { schemesV2 } from './v2/normalize-v2.ts';

const shipped = { ...schemesV1, ...schemesV2 };

/** The shipped normalisation schemes by the names in v1's and v2's plans. `with(mine)` adds your own. */
export const shippedNormalizations = new Registry<Normalization, keyof typeof shipped>(
  { noun: 'normalisation scheme', unknown: 'unknown-normalization', ...objectWith('normalize') },
  shipped,
);

/** A registry of normalisation schemes: the shipped ones and your own. */
export type Normalizations = typeof shippedNormalizations;

/**
 * Normalises a channel in place by the scheme of this name.
 *
 * @throws NnUNetError 'unknown-normalization'; 'bad-normalization' if a scheme of the user's own fails, returns something
 *   or leaves values that are not finite; 'bad-plans' for CT without statistics
 */
export function normalizeChannel(
  image: Float32Array,
  scheme: string,
  context: ChannelContext,
  normalizations: Normalizations = shippedNormalizations,
): void {
  const own = !Object.hasOwn(shipped, scheme);
  const found = normalizations.get(scheme);
  let returned: unknown;
  try {
    returned = found.normalize(image, context);
  } catch (cause) {
    if (!own || isNnUNetError(cause)) throw cause;
    throw bad(scheme, `failed: ${messageOf(cause)}`, undefined, cause);
  }
  if (!own) return;
  if (returned !== undefined) throw bad(scheme, 'returned a value', 'Change the voxels of the image that it is given.');
  if (!image.every(Number.isFinite)) throw bad(scheme, 'left values that are not finite');
}

function bad(scheme: string, what: string, remedy?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-normalization', { what: `the normalisation scheme ${scheme} ${what}`, remedy, cause });
}
