// The first label map on an empty machine: packs the built packages, installs the commands in an empty folder with an empty
// home, predicts one image, and compares the labels with those of the repository's own command; then the same with the
// package of one stage in an empty project. Prints how long each step took. Needs the npm registry and ../shared.
// Options: --image FILE, --model FOLDER (default: a hippocampus image and a model of nnU-Net v1).
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({
  options: {
    image: { type: 'string', default: `${root}demo-data/Task04_Hippocampus/imagesTs/hippocampus_051.nii.gz` },
    model: {
      type: 'string',
      default: `${root}../shared/golden/models/v1/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1`,
    },
  },
});
const [image, model] = [resolve(values.image), resolve(values.model)];
for (const path of [image, model]) if (!existsSync(path)) skip(`${path} does not exist`);
const view = ['view', 'onnxruntime-node', 'version', '--fetch-retries=0'];
if (spawnSync('npm', view, { timeout: 60_000 }).status !== 0) skip('the npm registry does not answer');

const machine = mkdtempSync(join(tmpdir(), 'nnunet-first-'));
try {
  const at = (name) => join(machine, name);
  const [home, prefix, project] = ['home', 'prefix', 'project'].map(at);
  for (const folder of [home, project]) mkdirSync(folder);
  // Nothing of this machine but Node, npm, and the way to the registry.
  const network = /^((https?|no)_proxy|node_extra_ca_certs|npm_config_registry)$/i;
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => network.test(name))),
    HOME: home,
    PATH: [join(prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    npm_config_prefix: prefix,
  };

  const packed = run('packing', process.execPath, [
    `${root}tools/setup/pack.mjs`,
    '--out',
    at('tarballs'),
    'inference',
  ]);
  const [commands, stage] = [...packed.matchAll(/^ {2}npm (install .+)$/gm)].map(([, line]) => line.split(' '));
  run('installing the commands', 'npm', commands, { cwd: machine, env });
  cpSync(image, at('image.nii.gz'));
  const predict = ['-i', 'image.nii.gz', '-o', 'labels.nii.gz', '--model_folder', model];
  run('the first label map', 'nnUNet_predict', predict, { cwd: machine, env });

  writeFileSync(join(project, 'package.json'), '{"type":"module","private":true}');
  writeFileSync(
    join(project, 'predict.mjs'),
    `import { loadModel } from '@nnunet/inference/node';
import { readVolume, writeVolume } from '@nnunet/volume/node';
const model = await loadModel(process.argv[2]);
const prediction = await model.predict(await readVolume('../image.nii.gz'));
await writeVolume('../stage.nii.gz', prediction.labels());
await model.dispose();
`,
  );
  run('installing one stage', 'npm', stage, { cwd: project, env });
  run('its label map', process.execPath, ['predict.mjs', model], { cwd: project, env });

  const program = `${root}packages/cli/bin/nnUNet_predict.mjs`;
  const here = [program, '-i', image, '-o', at('here.nii.gz'), '--model_folder', model];
  run("the repository's own label map", process.execPath, here);
  const labels = ['labels', 'stage', 'here'].map((name) => gunzipSync(readFileSync(at(`${name}.nii.gz`))));
  // The header may differ in what the image had in its own.
  const [first, ...others] = labels.map((bytes) => bytes.subarray(352));
  if (!first.some((label) => label !== 0)) throw new Error('the label map is empty');
  if (others.some((other) => !first.equals(other))) throw new Error('the label maps differ');
  console.log(`equal labels: ${first.length} voxels`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(machine, { recursive: true, force: true });
}

/** Runs a program; says how long it took. @returns its standard output */
function run(what, command, args, options = {}) {
  const started = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  if (status !== 0)
    throw new Error(`${what} failed: ${command} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}`);
  console.log(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return stdout;
}

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}
