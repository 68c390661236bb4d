import { describe, expect, it } from 'vitest';
import { MODEL } from './archive.fixture.ts';
import { type ArchiveMember, checkCount, checkMembers } from './archive-rules.ts';

const checkpoint: ArchiveMember = {
  name: `${MODEL}/fold_0/model_final_checkpoint.safetensors`,
  compressedSize: 10,
  size: 10,
  mode: 0o100644,
};
const member = (name: string, more: Partial<ArchiveMember> = {}) => ({ ...checkpoint, name, ...more });

function refusal(members: ArchiveMember[], limits: { archiveBytes?: number; maxBytes?: number } = {}): string | null {
  try {
    checkMembers([checkpoint, ...members], { where: 'a.zip', archiveBytes: 1e6, ...limits });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('checkMembers', () => {
  it('draws each limit where it says so', () => {
    const file = (compressedSize: number, size: number) => [member(`${MODEL}/a`, { compressedSize, size })];
    // The checkpoint has 10 bytes, packed and unpacked.
    expect(refusal(file(90, 90), { archiveBytes: 100 })).toBeNull();
    expect(refusal(file(91, 91), { archiveBytes: 100 })).toMatch(/larger than the archive/);
    expect(refusal(file(0, 1040))).toBeNull();
    expect(refusal(file(0, 1041))).toMatch(/expands from 0 bytes to 2 kB/);
    expect(refusal(file(9, 10400))).toBeNull();
    expect(refusal(file(9, 10401))).toMatch(/expands from 9 bytes to 11 kB/);
    expect(refusal(file(90, 90), { maxBytes: 100 })).toBeNull();
    expect(refusal(file(90, 91), { maxBytes: 100 })).toMatch(/would expand to more than 100 byt/);
    // 100 times the archive's bytes, and 65,536 beside.
    expect(refusal(file(990, 165_526), { archiveBytes: 1000 })).toBeNull();
    expect(refusal(file(990, 165_527), { archiveBytes: 1000 })).toMatch(/would expand from .* to more than/);
    expect(refusal(file(7e7, 64 * 2 ** 30 - 10), { archiveBytes: 7e8 })).toBeNull();
    expect(refusal(file(7e7, 64 * 2 ** 30 - 9), { archiveBytes: 7e8 })).toMatch(/more than 68.8 GB/);
  });

  it('takes parts of 240 and paths of 1024 characters, and no longer ones', () => {
    const part = 'p'.repeat(240);
    const long = `${MODEL}/${part}/${part}/${part}/qqqqqqqq/`;
    const path = (length: number) => `${long}${'r'.repeat(length - long.length)}`;
    expect(refusal([member(path(1024))])).toBeNull();
    expect(refusal([member(path(1025))])).toMatch(/which is not allowed/);
    expect(refusal([member(`${MODEL}/${part}p`)])).toMatch(/which is not allowed/);
    expect(refusal([member(`${MODEL}/a\u007f`)])).toMatch(/which is not allowed/);
  });

  it('tells what cannot be written: below a file, twice but for capitals, at no place of a model', () => {
    expect(refusal([member(`${MODEL}/plans.json`), member(`${MODEL}/plans.json/a`)])).toMatch(/plans.json\/a" below a/);
    expect(refusal([member(`${MODEL}/plans.json`), member(`${MODEL}/PLANS.json`)])).toMatch(/PLANS.json" twice/);
    expect(refusal([member(`${MODEL}/a`), member(`${MODEL}/a/b/c`)])).toMatch(/a\/b\/c" below a file/);
    for (const [length, shown] of [
      [100, 'x'.repeat(100)],
      [101, `${'x'.repeat(100)}…`],
    ] as const)
      expect(refusal([member('x'.repeat(length))])).toContain(`contains "${shown}", which`);
    expect(refusal([member('elsewhere/a')])).toMatch(/"elsewhere\/a", which is not part of a trained model/);
  });

  it('passes over folders and the clutter of some programs, and wants a checkpoint', () => {
    const limits = { where: 'a.zip', archiveBytes: 1e6 };
    const program = member(`${MODEL}/a`, { mode: 0o100755 });
    expect(checkMembers([program, checkpoint], limits)).toEqual({ kind: 'v1', files: [program, checkpoint] });
    const members = [
      checkpoint,
      member('elsewhere/', { mode: 0o040755 }),
      member('__MACOSX/a'),
      member(`${MODEL}/.DS_Store`),
      member('Thumbs.db', { mode: 0 }),
    ];
    expect(checkMembers(members, limits).files).toEqual([checkpoint]);
    const old = member(`${MODEL}/all/model_best.model`);
    expect(checkMembers([old], limits).files).toEqual([old]);
    for (const name of ['fold_0/a.safetensors', 'model_a.safetensors', 'fold_x/model_a.model', 'all/model_a.pkl'])
      expect(() => checkMembers([member(`${MODEL}/${name}`)], limits)).toThrow(/contains no checkpoint/);
  });
});

describe('checkMembers, models of nnU-Net v2', () => {
  const model = 'Dataset900_Made/nnUNetTrainer__nnUNetPlans__3d_fullres';
  const names = ['plans.json', 'dataset.json', 'fold_0/checkpoint_final.pth'].map((name) => `${model}/${name}`);
  const check = (...paths: string[]) =>
    checkMembers(
      paths.map((path) => member(path)),
      { where: 'a.zip', archiveBytes: 1e6 },
    );

  it('belong into folders of datasets, with ensembles and notes beside them', () => {
    const more = ['Dataset900_Made/inference_information.json', 'Dataset900_Made/ensembles/e/postprocessing.pkl'];
    const { kind, files } = check(...names, ...more);
    expect(kind).toBe('v2');
    expect(files.map(({ name }) => name)).toEqual([...names, ...more]);
    expect(check(names[0]!, names[1]!, `${model}/fold_all/checkpoint_best.pth`).kind).toBe('v2');
    for (const path of ['Dataset900/a', 'Dataset90_Made/a', 'dataset900_Made/a', 'Dataset900_Made'])
      expect(() => check(...names, path)).toThrow(`contains "${path}", which is not part of a trained model`);
  });

  it('need a checkpoint in a model, with plans and dataset of the same model', () => {
    const [plans, dataset, final] = names as [string, string, string];
    expect(() => check(plans, final)).toThrow(`lacks dataset.json of ${model}`);
    expect(() => check(dataset, final)).toThrow(`lacks plans.json of ${model}`);
    expect(() => check(plans.replace('plans.json', 'Plans.json'), dataset, final)).toThrow('lacks plans.json');
    const other = names.map((name) => name.replace('3d_fullres', '2d'));
    expect(() => check(...names, other[2]!)).toThrow(/lacks plans.json, dataset.json of .*__2d,/);
    for (const path of ['fold_0/checkpoint_final.pt', 'fold_x/checkpoint_final.pth', 'all/checkpoint_final.pth'])
      expect(() => check(plans, dataset, `${model}/${path}`)).toThrow(/contains no checkpoint/);
    const unnamed = names.map((name) => name.replace('__3d_fullres', ''));
    expect(() => check(...unnamed)).toThrow(/contains no checkpoint/);
  });

  it('are not mixed with others, and named where they lie elsewhere', () => {
    expect(() => check(...names, checkpoint.name)).toThrow(/contains models of nnU-Net v2 together with others/);
    for (const path of [names[2]!.replace('Dataset900_Made', 'elsewhere'), 'Task1/T__P/all/model_best.model'])
      expect(() => check('elsewhere/a', path)).toThrow(
        /not in a place where models.*: "elsewhere\/a" .*\n.*`modelFolder`/s,
      );
  });
});

it('takes 100,000 members, and no more', () => {
  checkCount(100_000, { where: 'a.zip' });
  expect(() => checkCount(100_001, { where: 'a.zip' })).toThrow(/contains 100001 files, but at most 100000/);
});
