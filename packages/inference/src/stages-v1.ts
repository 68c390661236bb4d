import { cropCase, preprocessTestCase, restoreContext } from '@nnunet/preprocess';
import { geometryOfCase, planLabelStream, restoreLabelMap } from '@nnunet/preprocess/internal';
import type { CaseProperties } from '@nnunet/schema';
import { sizeOf } from '@nnunet/tensor';
import { type ModelDescription, needsPreviousStage } from './model-description.ts';
import { mostProbable } from './most-probable.ts';
import { type LabelOptions, labelsFrom, type PlannedLabels } from './planned-labels.ts';
import type { InputImages, PreparedInput } from './prepared-input.ts';
import { missingPreviousStage, withPreviousStage } from './previous-stage.ts';

/** v1: crop, transpose, resample, normalise. */
export function prepareImages(description: ModelDescription, input: InputImages): Omit<PreparedInput, 'notices'> {
  const { images, id, files, previousSegmentation } = input;
  const prepared = preprocessTestCase(cropCase(images, null, { id, files }), description.plans, description.stage);
  const { properties } = prepared;
  if (!needsPreviousStage(description)) {
    const { data, shape } = prepared;
    return { image: { data, shape }, properties, original: null };
  }
  if (previousSegmentation === undefined) throw missingPreviousStage(id);
  const { transpose_forward: transposeForward, all_classes: classes } = description.plans;
  const image = withPreviousStage(prepared, previousSegmentation, { transposeForward, classes });
  return { image, properties, original: null };
}

/** v1's three ways to labels. */
export function planLabels(
  description: ModelDescription,
  shape: readonly number[],
  properties: CaseProperties,
  { mode = 'normal', maxMemory }: LabelOptions,
): PlannedLabels {
  const geometry = geometryOfCase(properties);
  const options = { ...restoreContext(description.plans), maxMemory };
  if (mode === 'normal') {
    const { regionClassOrder } = description;
    const plan = planLabelStream(shape, properties, { ...options, regionClassOrder });
    return labelsFrom(plan, ({ data }) => ({ ...geometry, data }));
  }
  const [classes, ...size] = shape as [number, ...number[]];
  const plane = size[1]! * size[2]!;
  // The labels in network space, twice in float32 for resampling, and the result.
  const bytes = 9 * sizeOf(size) + 5 * sizeOf(properties.original_size_of_raw_data);
  return {
    bytes,
    open() {
      const data = new Uint8Array(sizeOf(size));
      let at = 0;
      return {
        push(planes, count) {
          data.set(mostProbable(planes, classes), at);
          at += count * plane;
        },
        finish() {
          const interpolationOrder = mode === 'fast' ? 1 : 0;
          const labels = restoreLabelMap({ data, shape: size }, properties, { ...options, interpolationOrder });
          return { ...geometry, data: labels.data };
        },
      };
    },
  };
}
