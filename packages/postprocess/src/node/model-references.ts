import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { counted, listed } from '@nnunet/errors/internal';
import { hashFile } from '@nnunet/store/internal';
import { copyFileAtomic, filesIn } from '@nnunet/tensor/node/internal';

/** Folder in which a model keeps the references it is scored against. */
const REFERENCES = 'gt_niftis';

export interface UpdateReferencesOptions {
  modelFolder: string;
  /** The task's current references, `gt_segmentations`; null if they are not on this machine. */
  current: string | null;
  /** Adopt the current references if they differ. */
  rescore: boolean;
  onWarning?: (text: string) => void;
}

/**
 * Compares the references that a model was scored against with the task's current ones, for the cases in both. If
 * labels have been corrected since, adopts them or reports it.
 */
export async function updateReferences(options: UpdateReferencesOptions): Promise<void> {
  const { modelFolder, current, rescore, onWarning } = options;
  const own = join(modelFolder, REFERENCES);
  if (current === null || !existsSync(current) || !existsSync(own)) return;
  const changed: string[] = [];
  for (const name of (await filesIn(own, '.nii.gz')).filter((name) => existsSync(join(current, name))))
    if ((await hashFile(join(own, name))) !== (await hashFile(join(current, name)))) changed.push(name);
  if (changed.length === 0) return;
  const names = changed.map((name) => basename(name, '.nii.gz'));
  const cases = listed(names, 5);
  if (!rescore) {
    onWarning?.(
      `${modelFolder}: the labels of ${counted(changed.length, 'case')} have changed since its validation (${cases}). The scores are those against the old ones; \`rescore\` scores against those of today. Training has seen the old ones.`,
    );
    return;
  }
  for (const name of changed) await copyFileAtomic(join(current, name), join(own, name));
}
