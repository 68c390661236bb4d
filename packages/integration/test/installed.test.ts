import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository, temporaryFolder } from './commands.ts';

const folder = temporaryFolder();
const tarballs = join(folder, 'tarballs');

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8'));

/** A package and all `@nnunet` packages that it needs. */
function withDependencies(name: string, found = new Set<string>()): Set<string> {
  found.add(name);
  for (const dependency of Object.keys(manifestOf(name).dependencies ?? {})) {
    const own = /^@nnunet\/(.+)$/.exec(dependency)?.[1];
    if (own !== undefined && !found.has(own)) withDependencies(own, found);
  }
  return found;
}

const tarballOf = (name: string) => join(tarballs, `nnunet-${name}-${manifestOf(name).version}.tgz`);

/** Installs packages from their tarballs, as a user would who has no workspace; third-party packages come from the registry. */
function install(project: string, names: Iterable<string>, ...flags: string[]): void {
  mkdirSync(project, { recursive: true });
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...flags, ...[...names].map(tarballOf)],
    project,
  );
}

beforeAll(() => {
  mkdirSync(tarballs);
  for (const name of withDependencies('cli')) {
    run(
      join(repository, 'node_modules/.bin/pnpm'),
      ['pack', '--pack-destination', tarballs],
      join(repository, 'packages', name),
    );
  }
});

describe('planner and fingerprint alone', () => {
  const project = join(folder, 'planner-project');

  it('work in an empty project and bring no onnxruntime', () => {
    mkdirSync(project);
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'project', version: '1.0.0', type: 'module', private: true }),
    );
    install(project, new Set([...withDependencies('planner'), ...withDependencies('fingerprint')]));
    writeFileSync(
      join(project, 'plan.mjs'),
      `import { extractFingerprint } from '@nnunet/fingerprint';
import { planExperiment } from '@nnunet/planner';

const shape = [36, 50, 35];
async function* cases() {
  for (let i = 0; i < 20; i++) {
    const voxels = shape[0] * shape[1] * shape[2];
    const properties = {
      original_size_of_raw_data: shape, original_spacing: [1, 1, 1], list_of_data_files: [], seg_file: null, itk_origin: [0, 0, 0],
      itk_spacing: [1, 1, 1], itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1], crop_bbox: [[0, 36], [0, 50], [0, 35]], classes: [0, 1, 2],
      size_after_cropping: shape,
    };
    yield { id: 'case_' + i, images: [new Float32Array(voxels).fill(1)], segmentation: new Float32Array(voxels), shape, properties };
  }
}
const fingerprint = await extractFingerprint(cases(), { modalities: { 0: 'MRI' }, classes: [1, 2] });
console.log(JSON.stringify(planExperiment(fingerprint).plans_per_stage['0'].patch_size));
`,
    );
    expect(run(process.execPath, ['plan.mjs'], project).trim()).toBe('[40,56,40]');
    expect(readdirSync(join(project, 'node_modules')).filter((name) => name.startsWith('onnx'))).toEqual([]);
  });
});

describe('the whole set', () => {
  it('gives working commands when installed globally', () => {
    const prefix = join(folder, 'prefix');
    install(prefix, withDependencies('cli'), '--global', '--prefix', prefix);
    const command = join(prefix, 'bin/nnUNet_train');
    expect(existsSync(command)).toBe(true);
    expect(run(command, ['-h'], folder)).toContain('usage: nnUNet_train');
  });

  it('names the optional package for other image formats where it is not installed', () => {
    const images = join(folder, 'images');
    mkdirSync(images);
    writeFileSync(join(images, 'a_0000.nrrd'), 'NRRD0004');
    const command = join(folder, 'prefix/bin/nnUNet_import_images');
    const { status, stderr } = spawnSync(command, ['-i', images, '-o', join(folder, 'converted')], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`${join(images, 'a_0000.nrrd')}: is no NIfTI image; reading it needs an optional package`);
    expect(stderr).toContain('npm i @nnunet/formats');
    expect(existsSync(join(folder, 'converted'))).toBe(false);
  });
});
