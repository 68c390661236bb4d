/**
 * Times a training step of the networks that nnU-Net v2 plans against the same networks made by nnunetv2, on the same weights
 * and batch, in turns.
 * node tools/bench/training-step-v2.mjs FOLDER --python PATH [--plans nnUNetPlans,nnUNetResEncUNetMPlans]
 *   [--configuration 3d_fullres] [--batch 7] [--rounds 5] [--lowering auto|plain|blocked]; FOLDER has plans and dataset.json
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeNetworkV2 } from '../../packages/network/dist/internal.js';
import { compare, startOwn, startTorch } from './peer.mjs';
import { prepare } from './work.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    plans: { type: 'string', default: 'nnUNetPlans,nnUNetResEncUNetMPlans' },
    configuration: { type: 'string', default: '3d_fullres' },
    batch: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '5' },
    lowering: { type: 'string', default: 'auto' },
  },
});
if (positionals.length === 0) throw new Error('give a folder with plans of nnU-Net v2 and dataset.json');
const read = (name) => JSON.parse(readFileSync(join(positionals[0], `${name}.json`)));
const batch = Number(values.batch);
for (const name of values.plans.split(',')) {
  const plans = read(name);
  const { patch_size: patchSize, architecture } = plans.configurations[values.configuration];
  const description = describeNetworkV2(plans, values.configuration, read('dataset'));
  const network = { description, patchSize };
  const work = {
    ...prepare({ dimension: patchSize.length, batch, train: true, network }),
    ...{ v2: { architecture }, lowering: values.lowering },
  };
  const sides = { nnunet: startOwn(), nnunetv2: startTorch(values.python) };
  for (const side of Object.values(sides)) await side.ask(work);
  rmSync(work.folder, { recursive: true });
  console.log(`training step of ${name}, ${patchSize.join('x')}, batch ${batch} (in brackets: the loss)`);
  await compare(sides, Number(values.rounds));
  for (const side of Object.values(sides)) side.stop();
}
