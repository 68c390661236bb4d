import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, vi } from 'vitest';
import { main } from './main.ts';

/** What commands hand to the functions that do their work: the function's name and its arguments. */
export const calls: [string, ...unknown[]][] = [];

/** What the functions answer; an error is thrown, and a function is called in their place. */
const answers: Record<string, unknown> = {};

/** What was written to standard output and to standard error. */
export const said = { printed: '', complained: '' };

export const cores = availableParallelism();

/** Where `--root /r` leads to. */
export const roots = {
  rawBase: '/r/nnUNet_raw_data_base',
  preprocessed: '/r/nnUNet_preprocessed',
  results: '/r/nnUNet_results',
  rawDatasets: '/r/nnUNet_raw',
};

/** Stands for @nnunet/pipeline and @nnunet/sharing: functions of its names that note how they are called. */
export function recorded(pipeline: object): Record<string, unknown> {
  const names = Object.entries(pipeline).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...given: unknown[]) => {
        // The paths stand for what is loaded.
        if (name === 'loadExtensions') return given[0];
        calls.push([name, ...given]);
        const answer = answers[name];
        if (typeof answer === 'function') return answer(...given);
        return answer instanceof Error ? Promise.reject(answer) : answer;
      },
    ]),
  );
}

/** Before each test nothing is set in the environment, and nothing was called or said. */
export function recordEachTest(): void {
  const streams = [process.stdout, process.stderr];
  const listening = streams.map((stream) => stream.listeners('error'));
  beforeEach(() => {
    calls.length = 0;
    Object.assign(said, { printed: '', complained: '' });
    for (const name of Object.keys(answers)) delete answers[name];
    for (const name of ['nnUNet_raw_data_base', 'nnUNet_preprocessed', 'RESULTS_FOLDER', 'nnUNet_plugins'])
      vi.stubEnv(name, undefined);
    for (const name of ['nnUNet_raw', 'nnUNet_results']) vi.stubEnv(name, undefined);
    for (const name of ['nnUNet_def_n_proc', 'nnUNet_n_proc_DA', 'nnUNet_debug']) vi.stubEnv(name, undefined);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said.printed += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.complained += text;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    // Each run has added its own.
    for (const [i, stream] of streams.entries())
      for (const listener of stream.listeners('error'))
        if (!listening[i]!.includes(listener)) stream.off('error', listener as () => void);
  });
}

/**
 * Runs a command line whose words are apart by spaces.
 * @param functions what the functions of the pipeline answer, by name
 * @returns the arguments of the first that was called
 */
export async function run(line: string, functions: Record<string, unknown> = {}): Promise<unknown[]> {
  Object.assign(answers, functions);
  calls.length = 0;
  said.printed = '';
  process.exitCode = undefined;
  const [name, ...argv] = line.split(' ');
  await main(name!, argv);
  return calls[0]?.slice(1) ?? [];
}
