import { NnUNetError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { openZip } from '@nnunet/tensor';
import { bytesSource, openTorchCheckpoint } from '@nnunet/torch-checkpoint';
import type { WeightMap } from './checkpoint-format.ts';
import type { ModelFiles } from './model-files.ts';
import { modelPostprocessing } from './model-postprocessing.ts';
import type { ModelRules } from './model-rules.ts';
import { readFolds, readOwn } from './read-folds.ts';
import { RulesV1 } from './rules-v1.ts';
import { requirePlacedImages } from './v2/model-description-v2.ts';
import { readFoldsV2 } from './v2/read-folds-v2.ts';
import { RulesV2 } from './v2/rules-v2.ts';

/** A model without sessions to run it. */
export interface StoredNetworks {
  rules: ModelRules;
  /** Weights per fold. */
  members: WeightMap[];
}

/** A checkpoint in an archive: the model's folder, the fold's, and the file. */
const CHECKPOINT =
  /^(.*\/|)((?:fold_\d+|fold_all|all)\/)(model_final_checkpoint\.safetensors|model_final_checkpoint\.model|checkpoint_final\.pth)$/;

/**
 * Reads a model from the bytes of one file: a checkpoint of this program (`.safetensors`), or an archive of one model of
 * this program, of nnU-Net v1 or of v2, as nnUNet_export_model_to_zip writes it.
 *
 * @param where file name for error messages
 * @param maxBytes limit of an archive's decompressed size
 * @throws NnUNetError 'bad-safetensors', 'bad-zip', 'bad-archive' for an archive without a model or with several, and
 * the errors of loading a model from a folder
 */
export async function readModelFile(bytes: Uint8Array, where: string, maxBytes: number): Promise<StoredNetworks> {
  if (!isZip(bytes)) {
    const { description, weights } = readOwn(bytes, where);
    return { rules: new RulesV1(description), members: [weights] };
  }
  const contents = await openZip(bytes, where, maxBytes);
  const { folder, checkpoints } = modelIn([...contents.keys()], where);
  const files = filesOf(contents);
  if (checkpoints[0]!.endsWith('.pth')) {
    const { description, members, ...content } = await readFoldsV2(
      files,
      { folder, name: folder.split('/').at(-2) ?? '' },
      checkpoints,
    );
    requirePlacedImages(description, where);
    const rules = new RulesV2(description, content.files);
    return { rules, members: members.map(({ weights }) => weights) };
  }
  const { description, members } = await readFolds(files, checkpoints);
  const file = `${folder}${FILE_NAMES.postprocessing}`;
  const text = contents.has(file) ? new TextDecoder().decode(await files.bytes(file)) : null;
  const rules = new RulesV1(description, text === null ? null : modelPostprocessing(text, file, description));
  return { rules, members: members.map(({ weights }) => weights) };
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Returns the only model of an archive: its folder with a slash, and the checkpoint of each fold. */
function modelIn(names: readonly string[], where: string): { folder: string; checkpoints: string[] } {
  const found = names.flatMap(partsOf);
  const folders = [...new Set(found.map(({ folder }) => folder))];
  const [folder] = folders;
  if (folder === undefined || folders.length > 1) {
    throw new NnUNetError('bad-archive', {
      what:
        folder === undefined
          ? 'contains no model whose training is finished'
          : `contains ${counted(folders.length, 'model')}: ${listed(folders.map((one) => one.slice(0, -1)))}`,
      where,
      remedy: 'Give an archive of one model: export one configuration alone with nnUNet_export_model_to_zip.',
    });
  }
  // Like a folder: the fold 'all' only if there is no other, and of each fold this program's own checkpoint.
  const numbered = found.filter(({ fold }) => !fold.includes('all'));
  const byFold = new Map<string, string>();
  for (const { fold, name } of (numbered.length > 0 ? numbered : found).sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (!byFold.has(fold) || name.endsWith('.safetensors')) byFold.set(fold, name);
  return { folder, checkpoints: [...byFold.values()] };
}

function partsOf(name: string): { name: string; folder: string; fold: string }[] {
  const [, folder = '', fold = ''] = CHECKPOINT.exec(name) ?? [];
  return fold === '' ? [] : [{ name, folder, fold }];
}

function filesOf(contents: ReadonlyMap<string, () => Uint8Array>): ModelFiles {
  const bytes = async (path: string) => {
    const content = contents.get(path);
    if (content !== undefined) return content();
    const remedy = 'Export the model again.';
    throw new NnUNetError('missing-file', { what: 'is not in the archive', where: path, remedy });
  };
  return {
    bytes,
    async torch(path) {
      const checkpoint = await openTorchCheckpoint(bytesSource(await bytes(path), path));
      return { ...checkpoint, close: async () => undefined };
    },
  };
}
