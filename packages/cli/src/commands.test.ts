import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { calls, cores, recordEachTest, roots, run, said } from './command-line.fixture.ts';
import { commandLines } from './command-lines.fixture.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/pipeline/internal', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/pipeline/v2', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/report', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/sharing', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();

describe('a command line', () => {
  it.each(commandLines)('%s', async (line, name, answer, options, output) => {
    const [given] = await run(line, { [name]: answer });
    expect(calls.map(([called]) => called)).toEqual([name]);
    expect(given).toMatchObject(options);
    expect(said.printed).toBe(output);
    expect(process.exitCode).toBeUndefined();
  });

  it('names a URL, a catalogue, or a trainer', async () => {
    const installed = [{ models: ['m'], folder: '/f', replaced: 0 }];
    const url = 'nnUNet_download_pretrained_model_by_url http://a/b.zip';
    expect((await run(`${url} --sha256 12`, { downloadAndInstall: installed }))[0]).toEqual([
      { url: 'http://a/b.zip', sha256: '12' },
    ]);
    expect(said.printed).toBe('installed: /f/m\n');
    expect((await run(url))[0]).toEqual([{ url: 'http://a/b.zip', sha256: undefined }]);
    const [task, options] = await run('nnUNet_download_pretrained_model Task4 --catalogue c --root /r', {
      downloadModel: installed,
    });
    expect(task).toBe('Task4');
    expect(options).toMatchObject({ catalogueFile: 'c', roots });
    const install = 'nnUNet_install_pretrained_model_from_zip hf:me/m --offline';
    const [sources, more] = await run(install, { downloadAndInstall: installed });
    expect(sources).toEqual([{ url: 'hf:me/m' }]);
    expect(more).toMatchObject({ offline: true, cache: { maxBytes: 10e9 } });
    const changed = await run('nnUNet_change_trainer_class -i m -tr T', { changeTrainerClass: ['a', 'b'] });
    expect(changed).toEqual([{ modelFolder: 'm', trainer: 'T' }]);
    expect(said.printed).toBe('changed: a\nchanged: b\n');
  });

  it('draws the validation cases of a fold, or two folders, whose labels a task may name', async () => {
    const folders = { images: 'i', predictions: 'p', references: 'r', known: { labels: { 1: 'liver' } } };
    const validated = { ...folders, rules: 'Task004_A (rules of nnU-Net v1)' };
    const functions = {
      validationFolders: validated,
      describedTask: { known: { labels: { 2: 'spleen' } } },
      plotPredictions: 3,
    };
    const line = 'nnUNet_plot_predictions -o out --root /r';
    const [fold] = await run(`${line} -t 4 -m 2d -f 1`, functions);
    const usual = { roots, task: '4', configuration: '2d', fold: '1', plansIdentifier: 'nnUNetPlansv2.1' };
    expect(fold).toEqual({ ...usual, trainer: 'nnUNetTrainerV2', validationFolder: 'validation_raw' });
    expect(calls[1]![1]).toMatchObject({ ...folders, outputFolder: 'out', modality: 0 });
    expect(said.printed).toBe('3 pictures: out\n');
    expect(said.complained).toContain('Task004_A (rules of nnU-Net v1)');
    const [cascade] = await run(`${line} -t 4 -m 3d_cascade_fullres -f all -p P --val_folder v`);
    expect(cascade).toMatchObject({
      trainer: 'nnUNetTrainerV2CascadeFullRes',
      fold: 'all',
      plansIdentifier: 'P',
      validationFolder: 'v',
    });
    expect((await run(`${line} -t 4 -m 2d -f 1 -tr T`))[0]).toMatchObject({ trainer: 'T' });
    expect(await run(`${line} -t 4 -i i -pred p`)).toEqual([roots, '4', expect.anything()]);
    expect(calls[1]![1]).toMatchObject({ images: 'i', predictions: 'p', known: { labels: { 2: 'spleen' } } });
    for (const incomplete of ['', '-t 4 -m 2d', '-t 4 -f 1', '-m 2d -f 1', '-t 4 -m 2d -f 1 -pred p', '-pred p']) {
      await run(`nnUNet_plot_predictions -o out ${incomplete}`.trim());
      expect(calls, incomplete).toEqual([]);
      expect(process.exitCode).toBe(2);
      expect(said.complained).toMatch(/the predictions to draw are not specified/);
    }
  });

  it('wants a value and a name of each label', async () => {
    for (const label of ['liver', '1=', 'a=liver']) {
      await run(`nnUNet_generate_dataset_json -i f -m T1 -l 0=background ${label}`);
      expect(calls).toEqual([]);
      expect(said.complained).toContain(`-l: "${label}" is not a label`);
    }
  });

  it('says what a prediction will take', async () => {
    const predictFiles = ({ onEstimate }: { onEstimate: (estimate: object) => void }) => {
      onEstimate({ cases: 2, evaluations: 9, seconds: 4, atMost: false, unknown: 0 });
      return { predicted: 2, skipped: 0 };
    };
    await run('nnUNet_predict -i in -o out -t 4', { predictFiles });
    expect(said.complained).toBe('2 cases, 9 evaluations of the network: about 4 s\n');
  });

  it('prints each file that was replaced, one too', async () => {
    await run('nnUNet_install_pretrained_model_from_zip z', {
      installArchive: { models: [], folder: 'f', replaced: 1 },
    });
    expect(said.printed).toBe('replaced: 1 file of the same name\n');
  });

  it('wants the path of the label maps with a pattern, and with a pattern alone', async () => {
    for (const [options, fault] of [
      ['--labels {case}/l.mha', 'needs --pattern beside its path'],
      ['--pattern {case}/a.mha --labels', 'needs the path of the label maps'],
    ]) {
      await run(`nnUNet_import_images -i in -o out ${options}`);
      expect(calls, options).toEqual([]);
      expect(process.exitCode).toBe(2);
      expect(said.complained).toContain(`--labels: ${fault}`);
    }
    const [given] = await run('nnUNet_import_images -i in -o out --pattern {case}/a.mha', {
      importImages: { converted: 0, kept: 0 },
    });
    expect(given).toMatchObject({ labels: false, patterns: { images: ['{case}/a.mha'] } });
    expect((given as { patterns: object }).patterns).not.toHaveProperty('labels');
    const [plain] = await run('nnUNet_import_images -i in -o out');
    expect(plain).not.toHaveProperty('patterns');
  });

  it('lists models and describes one', async () => {
    const catalogue = new Map([['Task1', { description: 'one\ntwo' }]]);
    const functions = { readCatalogue: catalogue, exportCatalogue: 'e.json' };
    await run('nnUNet_print_available_pretrained_models --export e --catalogue c', functions);
    expect(calls).toEqual([
      ['readCatalogue', 'c'],
      ['exportCatalogue', catalogue, 'e'],
    ]);
    expect(said.printed).toBe('Task1\n  one\n  two\ne.json\n');
    const modelNamed = { description: 'one', sources: [{ url: 'u' }, { url: 'v' }] };
    await run('nnUNet_print_pretrained_model_info Task1', { readCatalogue: catalogue, modelNamed });
    expect(calls).toEqual([
      ['readCatalogue', undefined],
      ['modelNamed', catalogue, 'Task1'],
    ]);
    expect(said.printed).toBe('one\nu\nv\n');
    const installedCards = [{ folder: '/f', text: '# a card' }];
    await run('nnUNet_print_pretrained_model_info 7 --root /r', { readCatalogue: catalogue, installedCards });
    expect(calls).toEqual([
      ['readCatalogue', undefined],
      ['installedCards', roots, '7'],
    ]);
    expect(said.printed).toBe('installed: /f\n\n# a card\n');
    for (const name of ['Task007_Test', 'Dataset007_Test']) {
      await run(`nnUNet_print_pretrained_model_info ${name} --root /r`, { readCatalogue: catalogue, installedCards });
      expect(calls.at(-1)).toEqual(['installedCards', roots, name]);
    }
  });

  it('searches the best configuration and prints the commands of each winner', async () => {
    const found = {
      task: 'Task4',
      candidates: ['c'],
      best: [
        { name: 'a', score: 0.5, members: [1] },
        { name: 'a--b', score: 0.5, members: [1, 2] },
      ],
      commands: ['predict a', 'predict a again', 'predict b', 'merge', 'left over'],
      commandsFile: 'commands',
      tableFile: 'table',
      labelNames: { 1: 'liver' },
    };
    const functions = { compareConfigurations: [found], candidateTable: 'TABLE' };
    const [options] = await run('nnUNet_find_best_configuration -t 4 --root ../r', functions);
    expect(calls.at(-1)).toEqual(['candidateTable', found.candidates, found.best, found.labelNames]);
    expect(options).toMatchObject({
      tasks: ['4'],
      models: ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
      trainer: 'nnUNetTrainerV2',
      cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
      plansIdentifier: 'nnUNetPlansv2.1',
      folds: undefined,
      strict: false,
      disableEnsembling: false,
      disablePostprocessing: false,
      rescore: false,
      predictMissing: true,
      commonArguments: ['--root', resolve('../r')],
      workers: cores,
      compute: { device: 'cpu' },
    });
    expect(said.printed).toBe(
      'TABLE\nTask4 submit model a 0.5\npredict a\nTask4 submit model a--b 0.5\npredict a again\npredict b\nmerge\n' +
        'table\ncommands\n',
    );
    const [other] = await run(
      'nnUNet_find_best_configuration -t 4 5 -m 2d -tr T -ctr C -pl P -f 0 2 --disable_ensembling --disable_postprocessing ' +
        '--strict --rescore --no_predict_missing --device webgpu',
    );
    expect(other).toMatchObject({
      tasks: ['4', '5'],
      models: ['2d'],
      trainer: 'T',
      cascadeTrainer: 'C',
      plansIdentifier: 'P',
      folds: [0, 2],
      strict: true,
      disableEnsembling: true,
      disablePostprocessing: true,
      rescore: true,
      predictMissing: false,
      commonArguments: [],
      compute: { device: 'webgpu' },
    });
  });
});
