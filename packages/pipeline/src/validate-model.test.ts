import { describe, expect, it, vi } from 'vitest';
import { listener } from './small-task.fixture.ts';
import { type ValidateModelOptions, validateModel } from './validate-model.ts';

const work = vi.hoisted(() => ({ validateFold: vi.fn(), determinePostprocessing: vi.fn() }));
vi.mock('@nnunet/trainer/node', () => work);
vi.mock('@nnunet/postprocess/node', () => work);

const ids = Array.from({ length: 12 }, (_, i) => `c${i}`);
const summary = {
  results: {
    all: ids.map((id, i) => ({ test: `/v/${id}.nii.gz`, 1: { Dice: 0.9 - i / 20 } })),
    mean: { 1: { Dice: 0.625 } },
  },
};

async function validate(more: Partial<ValidateModelOptions> = {}, found: object = {}) {
  const reporter = listener();
  work.determinePostprocessing.mockReset().mockImplementation(async ({ onProgress }) => {
    onProgress({ step: 'scoring', done: 1, total: 3 });
  });
  work.validateFold.mockReset().mockImplementation(async ({ onLog, onProgress }) => {
    onLog('a line');
    onProgress({ caseId: 'c', casesDone: 2, cases: 5, share: 1, secondsLeft: null });
    return { folder: '/f/v', cases: ids, summary, regions: null, ...found };
  });
  const options = { preprocessedFolder: '/p', modelFolder: '/m', task: 't', fold: 0 } as const;
  const scores = await validateModel({
    ...options,
    validationFolder: 'v',
    labelNames: { 1: 'liver' },
    decidePostprocessing: true,
    reporter,
    ...more,
  });
  return { scores, reporter };
}

describe('validateModel', () => {
  it('scores, shows the ten worst cases and decides on postprocessing', async () => {
    const { signal } = new AbortController();
    const { scores, reporter } = await validate({ workers: 20, signal, bareNaN: true });
    expect(work.validateFold.mock.calls[0]![0]).toMatchObject({
      preprocessedFolder: '/p',
      validationFolder: 'v',
      workers: 20,
      signal,
    });
    expect(work.determinePostprocessing.mock.calls[0]![0]).toMatchObject({
      baseFolder: '/m/fold_0',
      references: '/p/gt_segmentations',
      rawFolder: 'v',
      finalFolder: 'v_postprocessed',
      bareNaN: true,
      workers: 12,
      grid: { elsewhere: 'warn' },
      signal,
    });
    expect(scores).toMatchObject({ dice: 0.625, summaryFile: '/f/v/summary.json' });
    const lines = scores!.table.split('\n');
    expect(lines[0]).toBe('Dice   liver');
    expect(lines.slice(1, 11).map((line) => line.split(' ')[0])).toEqual(ids.slice(2).reverse());
    expect(lines[11]).toBe('(2 cases with better scores)');
    expect(reporter.messages).toEqual(['a line']);
    expect(reporter.progressed).toEqual([
      { what: 'validating', done: 3, total: 5, note: 'c', secondsLeft: undefined },
      { what: 'postprocessing, scoring', done: 1, total: 3 },
    ]);
  });

  it('shows the regions too, the worst cases first', async () => {
    const regions = ids.map((name, i) => ({ name, dice: { whole: 0.9 - i / 20, core: 0.5 } }));
    const { scores } = await validate({}, { regions });
    const lines = scores!.table.split('\n\n')[1]!.split('\n');
    expect(lines[0]).toMatch(/^Dice of regions +whole +core$/);
    expect(lines[1]).toMatch(/^c11 +0\.3500 +0\.5000$/);
    expect(lines.slice(-3)).toEqual([
      '(2 cases with better scores)',
      expect.stringMatching(/^mean +0\.6250 +0\.5000$/),
      'mean Dice of the regions: 0.5625',
    ]);
  });

  it('has two threads for postprocessing by default, and none without cases to score', async () => {
    await validate();
    expect(work.determinePostprocessing.mock.calls[0]![0].workers).toBe(2);
    await validate({ decidePostprocessing: false });
    expect(work.determinePostprocessing).not.toHaveBeenCalled();
    const { scores, reporter } = await validate({ evaluate: false }, { summary: null });
    expect(scores).toBeUndefined();
    expect(work.determinePostprocessing).not.toHaveBeenCalled();
    expect(reporter.progressed[0]!.what).toBe('predicting for the cascade');
    expect((await validate({ evaluate: true })).reporter.progressed[0]!.what).toBe('validating');
  });
});
