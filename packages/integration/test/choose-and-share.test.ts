import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { filesBelow, repository, runCommand } from './commands.ts';

const golden = join(repository, '../shared/golden');
const trained = join(golden, 'models/v1/nnUNet');
const image = join(repository, '../shared/data/Task103_CT/imagesTr/ct_10300_0000.nii.gz');
const model = 'Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1';
const present = existsSync(trained) && existsSync(image);

/** A copy that can be written to: the originals are read-only. */
function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  chmodSync(to, 0o755);
  for (const name of readdirSync(to, { recursive: true }).map(String)) chmodSync(join(to, name), 0o755);
}

describe.skipIf(!present)('from cross-validations to label maps (needs ../shared)', () => {
  const folder = temporaryFolder();
  // with a blank: it must be quoted in what is printed
  const root = join(folder, 'my root');
  const results = join(root, 'nnUNet_results/nnUNet');

  it('the printed commands run exactly as they are printed', () => {
    for (const [input, configuration] of [
      ['2d', '2d'],
      ['3d_fullres', '3d_lowres'],
    ] as const) {
      const to = join(results, configuration, model);
      copy(join(golden, 'find_best/Task103_CT/input', input), to);
      copy(join(golden, 'find_best/Task103_CT/gt_segmentations'), join(to, 'gt_niftis'));
    }
    const found = runCommand('nnUNet_find_best_configuration', [
      '-m',
      '2d',
      '3d_lowres',
      '-t',
      '103',
      '--strict',
      '--root',
      root,
    ]);
    expect(found.stderr).not.toMatch(/error/);
    const file = join(results, 'ensembles/Task103_CT/prediction_commands.txt');
    expect(found.stdout).toContain(readFileSync(file, 'utf8').trim());
    expect(found.stdout).toMatch(/^\* 2d \+ 3d_lowres .* 0\.7811$/m);
    // Now the models themselves, which the commands predict with.
    for (const configuration of ['2d', '3d_lowres']) {
      const to = join(results, configuration, model);
      for (const fold of readdirSync(to).filter((name) => name.startsWith('fold_')))
        rmSync(join(to, fold), { recursive: true });
      copy(join(trained, configuration, model, 'fold_0'), join(to, 'fold_0'));
      cpSync(join(trained, configuration, model, 'plans.pkl'), join(to, 'plans.pkl'));
    }
    mkdirSync(join(folder, 'FOLDER_WITH_TEST_CASES'));
    cpSync(image, join(folder, 'FOLDER_WITH_TEST_CASES/ct_10300_0000.nii.gz'));
    const PATH = [join(repository, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH,
      RESULTS_FOLDER: '',
      nnUNet_preprocessed: '',
      nnUNet_raw_data_base: '',
    };
    const { status, stderr } = spawnSync('sh', ['-e', file], { cwd: folder, env, encoding: 'utf8' });
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    const made = filesBelow(join(folder, 'OUTPUT_FOLDER'));
    expect(made).toEqual(['ct_10300.nii.gz', 'not_postprocessed/ct_10300.nii.gz', 'postprocessing.json']);
  });

  it('models go through an archive', () => {
    const zip = join(folder, 'ct.zip');
    const options = ['-t', '103', '-m', '2d', '3d_lowres', '-f', '0'];
    const exported = runCommand('nnUNet_export_model_to_zip', [...options, '-o', zip, '--root', root]);
    expect(exported).toMatchObject({ code: 0 });
    const other = join(folder, 'other');
    const installed = runCommand('nnUNet_install_pretrained_model_from_zip', [zip, '--root', other]);
    expect(installed).toMatchObject({ code: 0 });
    const there = filesBelow(join(other, 'nnUNet_results/nnUNet'));
    for (const configuration of ['2d', '3d_lowres'])
      for (const name of ['fold_0/model_final_checkpoint.model', 'plans.pkl', 'postprocessing.json', 'model_card.md'])
        expect(there).toContain(`${configuration}/${model}/${name}`);
    expect(there.some((name) => /^ensembles\/Task103_CT\/.*\/postprocessing\.json$/.test(name))).toBe(true);
  });
});
