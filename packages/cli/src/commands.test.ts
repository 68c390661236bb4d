import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { calls, cores, recordEachTest, roots, run, said } from './command-line.fixture.ts';
import { commandLines } from './command-lines.fixture.ts';

vi.mock('@nnunet/pipeline', async (original) => {
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
    expect(said.complained).toMatch(/licence[\s\S]*nnUNet_print_pretrained_model_info Task4/);
    const changed = await run('nnUNet_change_trainer_class -i m -tr T', { changeTrainerClass: ['a', 'b'] });
    expect(changed).toEqual([{ modelFolder: 'm', trainer: 'T' }]);
    expect(said.printed).toBe('changed: a\nchanged: b\n');
  });

  it('wants the path of the label maps with a pattern, and with a pattern alone', async () => {
    for (const options of ['--labels {case}/l.mha', '--pattern {case}/a.mha --labels']) {
      await run(`nnUNet_import_images -i in -o out ${options}`);
      expect(calls, options).toEqual([]);
      expect(process.exitCode).toBe(2);
      expect(said.complained).toMatch(/--labels/);
    }
    await run('nnUNet_import_images -i in -o out --pattern {case}/a.mha', { importImages: { converted: 0, kept: 0 } });
    expect(calls).toHaveLength(1);
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
    };
    const functions = { findBestConfigurations: [found], candidateTable: 'TABLE' };
    const [options] = await run('nnUNet_find_best_configuration -t 4 --root ../r', functions);
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
      predictMissing: true,
      commonArguments: ['--root', resolve('../r')],
      workers: cores,
      device: 'cpu',
    });
    expect(said.printed).toBe(
      'TABLE\nTask4 submit model a 0.5\npredict a\nTask4 submit model a--b 0.5\npredict a again\npredict b\nmerge\n' +
        'table\ncommands\n',
    );
    const [other] = await run(
      'nnUNet_find_best_configuration -t 4 5 -m 2d -tr T -ctr C -pl P -f 0 2 --disable_ensembling --disable_postprocessing ' +
        '--strict --no_predict_missing --device webgpu',
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
      predictMissing: false,
      commonArguments: [],
      device: 'webgpu',
    });
  });
});
