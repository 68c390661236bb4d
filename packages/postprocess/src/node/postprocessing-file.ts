import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { PostprocessingDecision } from '../decide-postprocessing.ts';
import { type DecisionOrigin, formatPostprocessing, parsePostprocessing } from '../postprocessing-json.ts';
import type { PostprocessingRule } from '../rule.ts';

/**
 * Reads the rule from a postprocessing.json, including v1's.
 *
 * @throws NnUNetError 'missing-file', 'no-access', 'bad-json', 'bad-postprocessing'
 */
export async function readPostprocessing(path: string): Promise<PostprocessingRule> {
  return parsePostprocessing(await readTextFile(path), path);
}

/** Writes v1's postprocessing.json in one step, through a temporary file. */
export async function writePostprocessing(
  path: string,
  decision: PostprocessingDecision,
  origin: DecisionOrigin,
): Promise<void> {
  await writeFileAtomic(path, formatPostprocessing(decision, origin));
}
