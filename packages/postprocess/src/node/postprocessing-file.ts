import { pickleToJson, readPickle } from '@nnunet/pickle';
import { readFileBytes, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { PostprocessingDecision } from '../decide-postprocessing.ts';
import {
  type DecisionOrigin,
  FUNCTION_OF_V2,
  formatPostprocessing,
  parsePostprocessing,
  ruleOfV2,
} from '../postprocessing-json.ts';
import type { PostprocessingRule } from '../rule.ts';

/**
 * Reads the rule from a postprocessing.json, including those of v1 and v2, or from v2's postprocessing.pkl.
 *
 * @throws NnUNetError 'missing-file', 'no-access', 'bad-json', 'bad-pickle', 'bad-postprocessing'
 */
export async function readPostprocessing(path: string): Promise<PostprocessingRule> {
  if (!path.endsWith('.pkl')) return parsePostprocessing(await readTextFile(path), path);
  // A pair: functions and, for each, its arguments. The function becomes its name.
  const globals = {
    [`nnunetv2.postprocessing.remove_connected_components.${FUNCTION_OF_V2}`]: { value: FUNCTION_OF_V2 },
  };
  const content = pickleToJson(readPickle(await readFileBytes(path), { where: path, globals }), { where: path });
  const [functions = null, keywords] = Array.isArray(content) ? content : [];
  return ruleOfV2(functions, keywords, path);
}

/** Writes v1's postprocessing.json in one step, through a temporary file. */
export async function writePostprocessing(
  path: string,
  decision: PostprocessingDecision,
  origin: DecisionOrigin,
): Promise<void> {
  await writeFileAtomic(path, formatPostprocessing(decision, origin));
}
