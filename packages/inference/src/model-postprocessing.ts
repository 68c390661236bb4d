import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { parsePostprocessing } from '@nnunet/postprocess';
import { parseJsonWithNaN } from '@nnunet/schema';
import type { ModelDescription } from './model-description.ts';
import type { ModelPostprocessing } from './model-rules.ts';

/**
 * Parses a model's `postprocessing.json`.
 *
 * @param file name for error messages
 * @throws NnUNetError 'bad-postprocessing', also if it belongs to another model
 */
export function modelPostprocessing(
  text: string,
  file: string,
  { plans, regionClassOrder }: ModelDescription,
): ModelPostprocessing {
  const rule = parsePostprocessing(text, file);
  const labels = regionClassOrder ?? Array.from({ length: plans.num_classes }, (_, i) => i + 1);
  const strange = [...new Set(rule.entries.flat())].filter((label) => !labels.includes(label));
  if (strange.length > 0) {
    throw new NnUNetError('bad-postprocessing', {
      what: `this postprocessing belongs to another model: it names ${strange.length === 1 ? 'label' : 'labels'} ${listed(strange.map(String))}, but this model has ${listed(labels.map(String))}`,
      where: file,
      remedy: 'Determine it again with nnUNet_determine_postprocessing, or remove the file.',
    });
  }
  return { rule, content: parseJsonWithNaN(text, file) };
}
