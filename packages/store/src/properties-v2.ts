import { writePickle } from '@nnunet/pickle';
import { parseCaseProperties } from '@nnunet/schema';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';

/**
 * Writes the properties of a prediction, `<base>.json`, also as v2's `<base>.pkl`, with which v2 writes label maps made
 * of the probabilities: with its keys and the position of the image as both of its readers keep it.
 */
export async function writePropertiesV2(base: string): Promise<void> {
  const file = `${base}.json`;
  const text = await readTextFile(file);
  const properties = JSON.parse(text) as Record<string, unknown>;
  await writeFileAtomic(`${base}.pkl`, writePickle({ ...properties, ...positionV2(parseCaseProperties(text, file)) }));
}

interface Position {
  itk_origin: readonly number[];
  itk_spacing: readonly number[];
  itk_direction: readonly number[];
}

/** What SimpleITKIO and NibabelIO of v2 keep of an image: x, y, z; LPS of ITK, and RAS of nibabel. */
function positionV2({ itk_origin: origin, itk_spacing: spacing, itk_direction: direction }: Position) {
  const tuple = (values: readonly number[]) => Object.freeze([...values]);
  const rows = [0, 1, 2].map((axis) => {
    const sign = axis < 2 ? -1 : 1;
    return [...[0, 1, 2].map((i) => sign * direction[3 * axis + i]! * spacing[i]!), sign * origin[axis]!];
  });
  return {
    sitk_stuff: { spacing: tuple(spacing), origin: tuple(origin), direction: tuple(direction) },
    nibabel_stuff: { original_affine: [...rows, [0, 0, 0, 1]] },
  };
}
