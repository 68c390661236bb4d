import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { readCaseProperties } from '@nnunet/store';
import type { StoredProperties } from '../region-order.ts';

/** Reads the properties stored next to the probabilities of a case, from a folder of predictions. */
export type ReadProperties = (folder: string, caseId: string) => Promise<StoredProperties>;

/**
 * Reads `<case>.json`, or v1's `<case>.pkl` if there is no JSON file.
 *
 * @throws NnUNetError 'missing-properties', 'bad-json', 'bad-case-properties'
 */
export const readStoredProperties: ReadProperties = async (folder, caseId) => {
  try {
    return await readCaseProperties(join(folder, `${caseId}.json`));
  } catch (cause) {
    if (!isNnUNetError(cause, 'missing-file')) throw cause;
    throw new NnUNetError('missing-properties', {
      what: `the properties of case ${caseId} are missing next to its probabilities`,
      where: cause.where,
      remedy: 'Predict this case again: nnUNet_predict `saveSoftmax`, or nnUNet_train `saveSoftmax`.',
      cause,
    });
  }
};
