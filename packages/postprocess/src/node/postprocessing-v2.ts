import { type ClassV2, meansForPython, type SummaryV2 } from '@nnunet/metrics/v2';
import { PythonGlobal, writePickle } from '@nnunet/pickle';
import { formatPythonJson } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { FUNCTION_OF_V2 } from '../postprocessing-json.ts';

/** One step of v2's postprocessing: a class, or several labels as one object. */
export type StepV2 = ClassV2 | { labels: readonly number[] };

/** The scores before and after. */
export interface ComparedV2 {
  before: SummaryV2;
  after: SummaryV2;
}

/**
 * Writes steps as v2 does, as `postprocessing.pkl`, which v2 applies, and with the scores as `postprocessing.json`.
 *
 * @param folder of the predictions
 */
export async function writePostprocessingV2(
  folder: string,
  steps: readonly StepV2[],
  { before, after }: ComparedV2,
): Promise<void> {
  const module = 'nnunetv2.postprocessing.remove_connected_components';
  const functions = steps.map(() => new PythonGlobal(module, FUNCTION_OF_V2));
  // In Python, a region is a tuple, and labels that count as one object are a list.
  const pickled = steps.map((step) => ({ labels_or_regions: valuesOf(step, (region) => Object.freeze([...region])) }));
  await writeFileAtomic(`${folder}/postprocessing.pkl`, writePickle(Object.freeze([functions, pickled])));
  const text = formatPythonJson({
    input_folder: meansForPython(before),
    postprocessed: meansForPython(after),
    postprocessing_fns: steps.map(() => FUNCTION_OF_V2),
    postprocessing_kwargs: steps.map((step) => ({ labels_or_regions: valuesOf(step, (region) => [...region]) })),
  });
  await writeFileAtomic(`${folder}/postprocessing.json`, text);
}

function valuesOf(step: StepV2, region: (values: readonly number[]) => unknown): unknown {
  if (typeof step === 'number') return step;
  return 'labels' in step ? [...step.labels] : region(step);
}
