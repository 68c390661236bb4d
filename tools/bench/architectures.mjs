/**
 * Times a training step of each network in docs/examples/architectures against the same network in PyTorch, on the same
 * weights and batch, in turns.
 * node tools/bench/architectures.mjs --python PATH [--only AttentionUNet,MedNeXt] [--dimension 3|2] [--batch 2]
 *   [--rounds 5] [--lowering auto|plain|blocked]
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeNetwork, shippedArchitectures } from '../../packages/network/dist/index.js';
import { compare, startOwn, startTorch } from './peer.mjs';
import { hippocampus, prepare } from './work.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', default: 'AttentionUNet,MedNeXt,TransformerUNet' },
    dimension: { type: 'string', default: '3' },
    batch: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    lowering: { type: 'string', default: 'auto' },
  },
});
const dimension = Number(values.dimension);
const batch = Number(values.batch);

/** Loads the examples as a user's modules, with the built packages beside them. */
async function loadExamples() {
  const repository = fileURLToPath(new URL('../../', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
  cpSync(join(repository, 'docs/examples/architectures'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules/@nnunet'), { recursive: true });
  for (const name of readdirSync(join(repository, 'packages'))) {
    symlinkSync(join(repository, 'packages', name), join(folder, 'node_modules/@nnunet', name));
  }
  let architectures = shippedArchitectures;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.mjs'))) {
    const path = join(folder, name);
    architectures = architectures.withModule(path, await import(path));
  }
  rmSync(folder, { recursive: true });
  return architectures;
}

const architectures = await loadExamples();
const { description, patchSize } = hippocampus(dimension);
const { pools, kernels } = description;
const stage = { patch_size: patchSize, pool_op_kernel_sizes: pools, conv_kernel_sizes: kernels };
const plans = { num_modalities: 1, num_classes: 2, base_num_features: 32, plans_per_stage: { 0: stage } };
for (const architecture of values.only.split(',')) {
  const network = { patchSize, description: describeNetwork(plans, 0, { architectures, variant: { architecture } }) };
  const work = { ...prepare({ dimension, batch, train: true, network }), lowering: values.lowering };
  const sides = { nnunet: startOwn(), torch: startTorch(values.python) };
  for (const side of Object.values(sides)) await side.ask(work);
  rmSync(work.folder, { recursive: true });
  console.log(`training step of ${architecture}, ${patchSize.join('x')}, batch ${batch} (in brackets: the loss)`);
  await compare(sides, Number(values.rounds));
  for (const side of Object.values(sides)) side.stop();
}
