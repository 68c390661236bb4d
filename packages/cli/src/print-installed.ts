import { counted } from '@nnunet/errors/internal';
import type { InstalledModels } from '@nnunet/sharing';

/** Prints which models were installed, and where. */
export function printInstalled(installed: readonly InstalledModels[], print: (line: string) => void): void {
  for (const { models, folder, replaced } of installed) {
    for (const model of models) print(`installed: ${folder}/${model}`);
    if (replaced > 0) print(`replaced: ${counted(replaced, 'file')} of the same name`);
  }
}
