import { counted } from '@nnunet/errors/internal';
import type { InstalledModels } from '@nnunet/sharing';
import type { CommandContext } from './command.ts';

/** Answers which models were installed, and where. */
export function answerInstalled(installed: readonly InstalledModels[], { answer }: CommandContext): void {
  const lines = installed.flatMap(({ models, folder, replaced }) => [
    ...models.map((model) => `installed: ${folder}/${model}`),
    ...(replaced > 0 ? [`replaced: ${counted(replaced, 'file')} of the same name`] : []),
  ]);
  answer('installed_models', { installed: [...installed] }, lines);
}
