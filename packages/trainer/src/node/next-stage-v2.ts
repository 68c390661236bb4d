import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescriptionV2 } from '@nnunet/inference/internal';
import { configurationV2 } from '@nnunet/network/internal';
import { labelsAtSizeV2 } from '@nnunet/preprocess/internal';
import { nextStageFileName, nextStageFolderV2 } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import type { Tensor } from '@nnunet/tensor';
import { writeNpzFile } from '@nnunet/tensor/node';

/** Where a model of nnU-Net v2 writes the input of the next stage of a cascade, and which cases it is for. */
export interface NextStageV2 {
  /** `<model>/predicted_next_stage/<configuration>` */
  folder: string;
  /** The next stage's prepared cases, whose size the labels have. */
  prepared: string;
}

/** Returns the next stage of a model; null if it has none. @param where plans.json, for error messages */
export function nextStageOf(
  plans: Record<string, unknown>,
  configuration: string,
  { modelFolder, preprocessedFolder, where }: { modelFolder: string; preprocessedFolder: string; where: string },
): NextStageV2 | null {
  const { next_stage: next } = configurationV2(plans, configuration, where) as { next_stage?: unknown };
  if (typeof next !== 'string' || !Object.hasOwn(Object(plans.configurations), next)) return null;
  const { data_identifier: identifier } = configurationV2(plans, next, where) as { data_identifier?: unknown };
  return { folder: nextStageFolderV2(modelFolder, next), prepared: join(preprocessedFolder, String(identifier)) };
}

/**
 * Writes the labels of a case at the size that it has in the next stage, into its folder, which exists. A case that is not
 * prepared there is only told of, as in v2.
 *
 * @param logits (classes, z, y, x), half floats
 */
export async function writeNextStageV2(
  { folder, prepared }: NextStageV2,
  id: string,
  logits: Tensor<Float32Array>,
  { preprocessing, nonlinearity, regionClassOrder }: ModelDescriptionV2,
  onLog?: (text: string) => void,
): Promise<void> {
  if (!existsSync(join(prepared, `${id}.npy`))) {
    onLog?.(`${id} is not prepared in ${prepared}: nothing is written for the cascade. Prepare it, and validate again`);
    return;
  }
  const next = await openPreparedCase(prepared, id);
  const [, ...size] = next.shape;
  await next.close();
  const { data, shape } = labelsAtSizeV2(logits, size, preprocessing, { nonlinearity, regionClassOrder });
  await writeNpzFile(join(folder, nextStageFileName(id)), { data: { data: Uint8Array.from(data), shape } });
}
