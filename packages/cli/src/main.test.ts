import { describe, expect, it, vi } from 'vitest';
import { cores, recordEachTest, run, said } from './command-line.fixture.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();

describe('the environment and the outcome of a command', () => {
  it('gives folders and numbers of workers', async () => {
    vi.stubEnv('nnUNet_raw_data_base', '/raw');
    vi.stubEnv('nnUNet_preprocessed', '/prepared');
    vi.stubEnv('RESULTS_FOLDER', '/results');
    vi.stubEnv('nnUNet_def_n_proc', '7');
    const [options] = await run('nnUNet_plan_and_preprocess -t 4', { planAndPreprocess: [] });
    expect(options).toMatchObject({
      roots: { rawBase: '/raw', preprocessed: '/prepared', results: '/results' },
      workersLowres: 7,
      workersFullres: 7,
    });
    for (const wrong of ['0', '-2', '1.5', 'many']) {
      vi.stubEnv('nnUNet_def_n_proc', wrong);
      expect((await run('nnUNet_plan_and_preprocess -t 4'))[0]).toMatchObject({ workersFullres: cores });
    }
  });

  it('is an exit code and one sentence', async () => {
    await run('nnUNet_explain_plans -t 4', { explainTask: new Error('something odd') });
    expect(process.exitCode).toBe(1);
    expect(said.complained).toBe(
      'nnUNet_explain_plans: error: something odd\n  This was not foreseen: please report it, with the output of the same ' +
        'command under nnUNet_debug=1.\n',
    );
    said.complained = '';
    vi.stubEnv('nnUNet_debug', '1');
    await run('nnUNet_explain_plans -t 4');
    expect(said.complained).toMatch(/main\.test\.ts/);
    vi.stubEnv('nnUNet_debug', undefined);
    said.complained = '';
    const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', path: '/no/file' });
    await run('nnUNet_explain_plans -t 4', { explainTask: missing });
    expect(said.complained).toMatch(/^nnUNet_explain_plans: error: \/no\/file: .*\n.*\n$/);
    await run('nnUNet_plan_and_preprocess -t 4 -overwrite_plans f');
    expect(process.exitCode).toBe(2);
    expect(said.complained).toMatch(/usage: nnUNet_plan_and_preprocess[\s\S]*Add -overwrite_plans_identifier NAME/);
  });
});
