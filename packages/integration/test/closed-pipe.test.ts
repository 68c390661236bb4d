import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { commandNames } from '@nnunet/cli';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandPath, demoTask, prepareDemo } from './commands.ts';
import { writeTinyModel } from './tiny-model.ts';

/** Runs a command whose standard output, or standard error too, nobody reads. Resolves to its exit code and what it said. */
function runUnread(
  name: string,
  args: string[],
  closed: 'stdout' | 'both',
): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [commandPath(name), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stdout.destroy();
    if (closed === 'both') child.stderr.destroy();
    else child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject).on('close', (code) => resolve({ code, stderr }));
  });
}

const root = temporaryFolder();
const model = join(root, 'model');
const images = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs');
const predictions = join(root, 'predictions');

beforeAll(() => {
  prepareDemo(root);
  writeTinyModel(model);
});

describe.each(['stdout', 'both'] as const)('with a closed %s', (closed) => {
  it.each(commandNames)('%s -h ends without a word', async (name) => {
    expect(await runUnread(name, ['-h'], closed)).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    ['nnUNet_print_available_pretrained_models', []],
    ['nnUNet_plan_and_preprocess', ['-t', '4', '-pl2d', 'None', '-tf', '2', '-tl', '2', '--root', root]],
    ['nnUNet_explain_plans', ['-t', '4', '--root', root]],
    ['nnUNet_splits', ['-t', '4', '--overwrite', '--root', root]],
    [
      'nnUNet_predict',
      ['-i', images, '-o', predictions, '--model_folder', model, '--preset', 'quick', '--overwrite_existing'],
    ],
    ['nnUNet_evaluate_folder', ['-ref', join(demoTask, 'labelsTs'), '-pred', predictions, '-l', '1', '2']],
  ])('%s does its work to the end', async (name, args) => {
    const { code, stderr } = await runUnread(name as string, args as string[], closed);
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    expect(code, stderr).toBe(0);
  });
});

it('leaves the whole of its work', () => {
  expect(existsSync(join(predictions, 'summary.json'))).toBe(true);
});

it.skipIf(!existsSync('/dev/full'))('says so where its output goes to a full disk', () => {
  const { status, stderr } = spawnSync(process.execPath, [commandPath('nnUNet_print_available_pretrained_models')], {
    encoding: 'utf8',
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  expect(stderr).toMatch(/cannot write its output: .*ENOSPC/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
});
