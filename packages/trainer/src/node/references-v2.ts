import { join } from 'node:path';
import { orientationToRas } from '@nnunet/preprocess/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import type { ImageFormats, ImageGeometry } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';
import { propertiesOfCases, requireReferences } from './validation-needs.ts';

/** Path of a case's reference segmentation. @param fileEnding of dataset.json */
export function referenceFileV2(preprocessedFolder: string, id: string, fileEnding: string): string {
  return join(preprocessedFolder, FILE_NAMES.groundTruth, id + fileEnding);
}

export interface ReferencesV2 {
  preprocessedFolder: string;
  /** Folder of the prepared cases. */
  folder: string;
  cases: readonly string[];
  /** With the dot. */
  fileEnding: string;
  /** Whether images are turned to RAS when read. */
  reorients: boolean;
  formats?: ImageFormats;
}

/** Requires the references of cases. @throws the errors of `requireReferences`, and any from reading the cases */
export async function requireReferencesV2(needs: ReferencesV2): Promise<void> {
  const { preprocessedFolder, folder, cases, fileEnding, reorients, formats } = needs;
  const references = [...(await propertiesOfCases(folder, cases))].map(([id, properties]) => ({
    id,
    file: referenceFileV2(preprocessedFolder, id, fileEnding),
    shape: properties.original_size_of_raw_data,
  }));
  await requireReferences(references, async (file) => {
    const geometry = await readGeometry(file, formats);
    return reorients ? shapeInRas(geometry) : geometry.shape;
  });
}

function shapeInRas(geometry: ImageGeometry): number[] {
  const { order } = orientationToRas({ ...geometry, data: new Uint8Array() });
  return order.map((axis) => geometry.shape[axis]!);
}
