import { usageError } from '@nnunet/errors';
import type { Reporter } from '@nnunet/pipeline';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { calls, cores, recordEachTest, run, said } from './command-line.fixture.ts';
import { main } from './main.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/sharing', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
const system = vi.hoisted(() => ({ isatty: vi.fn(), closeEarlyDebugger: vi.fn(), identifyJob: vi.fn() }));
vi.mock('node:tty', () => system);
vi.mock('./early-debugger.ts', () => system);
vi.mock('@nnunet/store/internal', async (original) => ({ ...(await original<object>()), ...system }));
recordEachTest();
beforeEach(() => {
  system.isatty.mockReset().mockReturnValue(false);
  system.closeEarlyDebugger.mockReset().mockResolvedValue(false);
});

const line = 'nnUNet_repair_dataset -t 4 -output_task_id 5';
/** Runs a command during which something happens. */
const during = (work: (options: { reporter: Reporter; signal: AbortSignal }) => unknown) =>
  run(line, { repairTask: async (options: never) => (await work(options)) ?? { folder: 'out', changes: [] } });
const send = (signal: NodeJS.Signals) => void process.emit(signal, signal);

describe('the environment and the outcome of a command', () => {
  it('gives folders and numbers of workers', async () => {
    vi.stubEnv('nnUNet_raw_data_base', '/raw');
    vi.stubEnv('nnUNet_preprocessed', '/prepared');
    vi.stubEnv('RESULTS_FOLDER', '/results');
    vi.stubEnv('nnUNet_def_n_proc', '7');
    const [options] = await run('nnUNet_plan_and_preprocess -t 4', { planAndPreprocess: [] });
    expect(options).toMatchObject({
      roots: { rawBase: '/raw', preprocessed: '/prepared', results: '/results', rawDatasets: null },
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
      'nnUNet_explain_plans: error: something odd\n  This is an unexpected error. Please report it, with the output of the same ' +
        'command run with nnUNet_debug=1.\n',
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
    await during(() => {
      process.exitCode = 9;
      throw new Error('as another program ended');
    });
    expect(process.exitCode).toBe(9);
  });
});

describe('a signal', () => {
  it('stops the command, which ends with its code and says nothing of being stopped', async () => {
    for (const [signal, code] of [
      ['SIGUSR1', 138],
      ['SIGUSR2', 140],
    ] as const) {
      const before = process.listenerCount(signal);
      said.complained = '';
      await during(({ signal: stop }) => {
        send(signal);
        stop.throwIfAborted();
      });
      expect(process.exitCode).toBe(code);
      expect(said.complained).toBe(`${signal} received, stopping (press Ctrl-C again to stop immediately)\n`);
      expect(process.listenerCount(signal)).toBe(before);
    }
  });

  it('is the exit code of a command that ends well, or badly for another reason', async () => {
    await during(() => send('SIGUSR2'));
    expect(process.exitCode).toBe(140);
    expect(said.printed).toBe('nothing to correct; copied: out\n');
    said.complained = '';
    await during(() => {
      send('SIGUSR2');
      throw usageError({ what: 'not saved', remedy: 'r' });
    });
    expect(process.exitCode).toBe(140);
    expect(said.complained).toMatch(/stop immediately\)\nnnUNet_repair_dataset: error: not saved\n.*r\n$/);
    said.complained = '';
    await during(() => {
      send('SIGUSR2');
      throw Object.assign(usageError({ what: 'w', remedy: 'r' }), { tag: 'loader-stopped' });
    });
    expect(said.complained).toMatch(/stop immediately\)\n$/);
  });

  it('that opened the debugger before anybody listened counts, and nothing is begun', async () => {
    for (const when of [0, 1]) {
      process.exitCode = undefined;
      system.closeEarlyDebugger
        .mockReset()
        .mockImplementation(async () => system.closeEarlyDebugger.mock.calls.length === when + 1);
      await run(line);
      expect(process.exitCode).toBe(138);
      expect(calls).toEqual([]);
    }
  });

  it('of a closed terminal is sent on to the process, where it had one', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    for (const terminal of [0, 1, 2]) {
      system.isatty.mockImplementation((descriptor) => descriptor === terminal);
      await during(() => send('SIGHUP'));
      expect(kill.mock.calls).toEqual([[process.pid, 'SIGHUP']]);
      kill.mockClear();
      await during(() => send('SIGUSR2'));
      await during(() => undefined);
    }
    system.isatty.mockReturnValue(false);
    await during(() => send('SIGHUP'));
    expect(kill).not.toHaveBeenCalled();
  });
});

describe('what a command tells', () => {
  it('begins a line of its own after a progress that is drawn over', async () => {
    Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true });
    try {
      const progress = ({ reporter }: { reporter: Reporter }) => reporter.progress({ what: 'x', done: 0, total: 2 });
      await during(progress);
      expect(said.complained).toBe('\r\x1b[2Kx: 0 of 2\n');
      said.complained = '';
      await during((options) => {
        progress(options);
        throw usageError({ what: 'w', remedy: 'r' });
      });
      expect(said.complained).toMatch(/^\r.*x: 0 of 2\nusage: /);
    } finally {
      Reflect.deleteProperty(process.stderr, 'isTTY');
    }
  });

  it('is an error where it cannot be written', async () => {
    await during(() => undefined);
    process.stdout.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    expect(said.complained).toContain('nnUNet_repair_dataset: error: cannot write its output: no space\n');
    expect(process.exitCode).toBe(1);
  });

  it('reports unexpected errors and other thrown values', async () => {
    const fails = async (error: unknown) => {
      said.complained = '';
      await during(() => {
        throw error;
      });
      expect(process.exitCode).toBe(1);
      return said.complained;
    };
    expect(await fails('a text')).toMatch(/error: a text\n {2}This is an unexpected error/);
    const odd = Object.assign(new Error('odd'), { code: 'EODD', path: '/a' });
    expect(await fails(odd)).toMatch(/error: odd\n {2}This is an unexpected error/);
    vi.stubEnv('nnUNet_debug', '1');
    expect(await fails('a text')).not.toMatch(/undefined/);
  });
});

it('takes its arguments from the process, and tells its job to others', async () => {
  vi.stubEnv('SLURM_JOB_ID', '77');
  const { argv } = process;
  process.argv = ['node', 'program', '-t', '4', '-output_task_id', '5'];
  await run(line, { repairTask: { folder: 'out', changes: [] } });
  calls.length = 0;
  await main('nnUNet_repair_dataset');
  process.argv = argv;
  expect(calls[0]![1]).toMatchObject({ task: '4', outputTaskId: 5 });
  expect(system.identifyJob).toHaveBeenLastCalledWith('77');
});
