import { expect, it, vi } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

vi.mock('@nnunet/serve', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();
const serveSite = { url: 'http://127.0.0.1:4321/', stopped: Promise.resolve() };
const serveModels = { url: 'http://127.0.0.1:1234/', stopped: Promise.resolve() };

it('serves model folders by their names or by given ones', async () => {
  const folders = '--model_folder /m/first/ B=/m/b=c';
  const models = [
    { name: 'first', folder: '/m/first/' },
    { name: 'B', folder: '/m/b=c' },
  ];
  const usual = { folds: undefined, host: '127.0.0.1', port: 8080, maxUpload: 1e9, maxWaiting: 8, preset: 'exact' };
  const [options] = await run(`nnUNet_serve ${folders}`, { serveModels });
  expect(options).toMatchObject({ models, ...usual, compute: { device: 'cpu' }, maxMemory: undefined });
  expect(said.printed).toBe('listening on http://127.0.0.1:1234/\n');
  const more = '--port 0 --host 0.0.0.0 --max_upload 200MB --max_waiting 3 --max_memory 6GB --preset quick -f 0 all';
  const given = { folds: [0, 'all'], port: 0, host: '0.0.0.0', maxUpload: 2e8, maxWaiting: 3, maxMemory: 6e9 };
  const [others] = await run(`nnUNet_serve ${folders} ${more}`, { serveModels });
  expect(others).toMatchObject({ models, ...given, preset: 'quick' });
});

it('serves the page of a model', async () => {
  const [options] = await run('nnUNet_serve page --port 0 --host ::1', { serveSite });
  expect(options).toMatchObject({ folder: 'page', host: '::1', port: 0 });
  expect(said.printed).toBe('listening on http://127.0.0.1:4321/\n');
});

it.each([
  ['', 'no model was given'],
  ['-t 4 --model_folder m', 'both a model folder and a task were given'],
  ['page -t 4', 'both the folder of a page and a model were given'],
  ['page --model_folder m', 'both the folder of a page and a model were given'],
])('refuses to serve no model, and two sources of models: %s', async (options, message) => {
  expect(await run(`nnUNet_serve ${options}`.trim(), { serveModels, serveSite })).toEqual([]);
  expect(said.complained).toContain(message);
  expect(process.exitCode).toBe(2);
});
