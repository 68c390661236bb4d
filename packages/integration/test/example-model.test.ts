import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { demoTask, repository, runCommand } from './commands.ts';

/** Dice of the anterior and posterior part in the validation of the training: cases of the demo not trained on. */
const validation = {
  hippocampus_041: [0.8255, 0.8424],
  hippocampus_130: [0.9097, 0.9255],
  hippocampus_296: [0.8732, 0.8462],
};

it('the trained model among the examples installs, and scores what its training said', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  for (const name of ['images', 'references']) mkdirSync(at(name));
  for (const id of Object.keys(validation)) {
    const part = id === 'hippocampus_130' ? 'Ts' : 'Tr';
    cpSync(join(demoTask, `images${part}`, `${id}.nii.gz`), at(`images/${id}_0000.nii.gz`));
    cpSync(join(demoTask, `labels${part}`, `${id}.nii.gz`), at(`references/${id}.nii.gz`));
  }
  const run = (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = runCommand(name, args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const archive = join(repository, 'docs/examples/hippocampus-model/hippocampus.zip');
  run('nnUNet_install_pretrained_model_from_zip', archive, '--root', folder);
  const model = ['-t', '4', '-m', '3d_fullres', '-p', 'nnUNetPlans_small', '--root', folder];
  run('nnUNet_predict', '-i', at('images'), '-o', at('labels'), ...model);
  run('nnUNet_evaluate_folder', '-ref', at('references'), '-pred', at('labels'), '-l', '1', '2');
  const summary = JSON.parse(readFileSync(at('labels/summary.json'), 'utf8'));
  for (const [index, dice] of Object.values(validation).entries())
    for (const [label, expected] of dice.entries())
      expect(summary.results.all[index][label + 1].Dice).toBeCloseTo(expected, 3);
});
