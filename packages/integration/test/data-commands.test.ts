import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, expectSuccess, filesBelow, type Outcome, prepareDemo, runCommand } from './commands.ts';

const root = temporaryFolder();
const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data');
const task = join(raw, 'Task004_Hippocampus');
const prepared = join(root, 'nnUNet_preprocessed/Task004_Hippocampus');
const run = (name: string, ...args: string[]): Outcome => runCommand(name, [...args, '--root', root]);
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

beforeAll(() => prepareDemo(root, '-pl2d', 'None', '-tf', '1'));

describe('nnUNet_splits', () => {
  const file = join(prepared, 'splits_final.json');
  const splits = (...args: string[]) => run('nnUNet_splits', '-t', '4', ...args);

  it('writes folds, refuses to replace them, and finds them free of leaks', () => {
    expectSuccess(splits());
    expect(read(file).map(({ val }: { val: string[] }) => val.length)).toEqual([4, 4, 4, 3, 3]);
    const before = readFileSync(file, 'utf8');
    expectRefusal(splits('--folds', '3'), 1, /splits_final\.json/, /--overwrite/);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(expectSuccess(splits('--check')).stdout).toContain('No faults found');
  });

  it('keeps patients of a table together, and sees where they are divided', () => {
    const ids: string[] = read(join(prepared, 'dataset.json')).training.map((entry: { image: string }) =>
      entry.image.slice('./imagesTr/'.length, -'.nii.gz'.length),
    );
    const table = join(root, 'cases.csv');
    writeFileSync(
      table,
      `case;patient;site\n${ids.map((id, i) => `${id};p${i >> 1};${i % 4 < 2 ? 'A' : 'B'}`).join('\n')}\n`,
    );
    expectRefusal(
      splits('--check', '--csv', table, '--group_column', 'patient'),
      1,
      /groups with cases in both training and/,
    );
    const grouped = ['--csv', table, '--group_column', 'patient'];
    expectSuccess(splits('--folds', '3', '--overwrite', ...grouped, '--stratify_column', 'site'));
    expect(read(file)).toHaveLength(3);
    expectSuccess(splits('--check', ...grouped));
    expectRefusal(splits('--overwrite', '--csv', table, '--group_column', 'hospital'), 1, /case, patient, site/);
    expectRefusal(splits('--overwrite', '--group_column', 'patient'), 2, /--csv/);
  });

  it('groups by the case id and spreads labels', () => {
    expectSuccess(splits('--overwrite', '--folds', '2', '--group_regex', '^hippocampus_(.)', '--stratify_labels'));
    const [first] = read(file);
    const group = (id: string) => id['hippocampus_'.length];
    const inTraining = new Set(first.train.map(group));
    expect(first.val.filter((id: string) => inTraining.has(group(id)))).toEqual([]);
    expectRefusal(splits('--overwrite', '--group_regex', '^(heart)'), 2, /matches nothing in 18 of 18/);
    expectRefusal(splits('--overwrite', '--group_regex', '('), 2, /--group_regex/);
  });
});

describe('nnUNet_generate_dataset_json', () => {
  it('describes a folder', () => {
    const folder = join(root, 'elsewhere/Task009_Copy');
    cpSync(task, folder, { recursive: true });
    const generate = (...args: string[]) => run('nnUNet_generate_dataset_json', '-i', folder, '-m', 'MRI', ...args);
    expectRefusal(generate(), 1, /already exists/, /--overwrite/);
    rmSync(join(folder, 'dataset.json'));
    expectSuccess(generate());
    const original = read(join(task, 'dataset.json'));
    const written = read(join(folder, 'dataset.json'));
    expect(written).toMatchObject({ name: 'Copy', labels: { 0: 'background', 1: 'label_1', 2: 'label_2' } });
    const images = (list: { image: string }[]) => list.map(({ image }) => image).sort();
    expect(images(written.training)).toEqual(images(original.training));
    expectSuccess(generate('-l', '0=background', '1=anterior', '2=posterior=back', '--overwrite'));
    expect(read(join(folder, 'dataset.json')).labels).toMatchObject({ 2: 'posterior=back' });
    expectRefusal(generate('-l', 'anterior', '--overwrite'), 2, /value=name/);
    expectRefusal(run('nnUNet_generate_dataset_json', '-m', 'MRI'), 2, /Give -t or -i\./);
  });
});

describe('nnUNet_plot_task_pngs', () => {
  it('draws every case, prepared and raw', () => {
    for (const flag of [[], ['--use_raw']]) {
      const out = join(root, `pngs${flag.length}`);
      expectSuccess(run('nnUNet_plot_task_pngs', '-t', '4', '-o', out, ...flag));
      const pictures = readdirSync(out);
      expect(pictures).toHaveLength(18);
      expect([...readFileSync(join(out, pictures[0]!)).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    }
    expectRefusal(
      run('nnUNet_plot_task_pngs', '-t', '4', '-o', join(root, 'none'), '-modality_idx', '3'),
      2,
      /modality 3/,
    );
  });
});

describe('nnUNet_explain_plans', () => {
  it('says what was planned, what it takes, and draws it', () => {
    const picture = join(root, 'unet.png');
    const { stdout } = expectSuccess(run('nnUNet_explain_plans', '-t', '4', '-o', picture));
    for (const words of [
      /Patch 40 x 56 x 40/,
      /No cascade/,
      /Why batch \d+: .*5 % of/,
      /v1's estimate.*million values per patch/,
      /This engine.*activations \d+ MB/,
    ])
      expect(stdout).toMatch(words);
    expect(readFileSync(picture).length).toBeGreaterThan(10_000);
    expectRefusal(run('nnUNet_explain_plans', '-t', '4', '-p', 'nnUNetPlansv9'), 1, /nnUNetPlansv9/);
    expectRefusal(run('nnUNet_explain_plans', '-t', '4', '-o', 'unet.bmp'), 2, /\.png or \.svg/);
  });
});

describe('faults of a dataset', () => {
  const sick = join(raw, 'Task006_Sick');
  const report = join(root, 'report.json');
  const verify = (id: number) =>
    run(
      'nnUNet_plan_and_preprocess',
      '-t',
      String(id),
      '-no_pp',
      '--verify_dataset_integrity',
      '--integrity_report',
      report,
    );

  beforeAll(async () => {
    mkdirSync(sick);
    cpSync(task, sick, { recursive: true });
    const label = join(sick, 'labelsTr/hippocampus_004.nii.gz');
    const { niftiHeader: _, ...labels } = await readLabels(label);
    await writeVolume(label, { ...labels, origin: [labels.origin[0] + 0.02, labels.origin[1], labels.origin[2]] });
    const image = join(sick, 'imagesTr/hippocampus_070_0000.nii.gz');
    const volume = await readVolume(image);
    volume.data[100] = Number.NaN;
    await writeVolume(image, volume);
  });

  it('are written as JSON, with the size of differences', () => {
    expectRefusal(verify(6), 1, /NaN or infinite values in the image/, /up to 0\.02 mm \(0\.02/);
    const faults = read(report);
    expect(faults.map(({ file }: { file: string }) => file)).toEqual([
      'imagesTr/hippocampus_004_0000.nii.gz',
      'imagesTr/hippocampus_070_0000.nii.gz',
    ]);
    expect(faults[0].shift.mm).toBeCloseTo(0.02, 4);
  });

  it('are corrected in a copy, which is then intact', () => {
    const before = filesBelow(sick).map((name) => readFileSync(join(sick, name)));
    const repair = (id: number, ...args: string[]) =>
      run('nnUNet_repair_dataset', '-t', '6', '-output_task_id', String(id), ...args);
    expectRefusal(repair(7), 1, /Task007_Sick/, /NaN or infinite values in the image/);
    expectRefusal(repair(7), 1, /already exists/);
    const { stdout, stderr } = expectSuccess(repair(8, '--nan_to_zero'));
    expect(stdout).toContain(join(raw, 'Task008_Sick'));
    expect(stderr).toMatch(/labelsTr\/hippocampus_004\.nii\.gz: origin copied from the first image, up to 0\.02 mm/);
    expectSuccess(verify(8));
    expect(read(report)).toEqual([]);
    expect(filesBelow(sick).map((name) => readFileSync(join(sick, name)))).toEqual(before);
    expect(existsSync(join(raw, 'Task008_Sick/imagesTs'))).toBe(true);
  });
});
