/**
 * Times one training step of the Hippocampus network against PyTorch on the same weights and batch, in turns.
 * node tools/bench/training-step.mjs --python PATH [--dimension 3|2] [--batches 2,7] [--rounds 5] [--lowering auto|plain|blocked]
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare, startOwn, startTorch } from './peer.mjs';
import { prepare } from './work.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    dimension: { type: 'string', default: '3' },
    batches: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    lowering: { type: 'string', default: 'auto' },
  },
});
const dimension = Number(values.dimension);
for (const batch of (values.batches ?? (dimension === 3 ? '2,7' : '281')).split(',').map(Number)) {
  const work = { ...prepare({ dimension, batch, train: true }), lowering: values.lowering };
  const sides = { nnunet: startOwn(), torch: startTorch(values.python) };
  for (const side of Object.values(sides)) await side.ask(work);
  rmSync(work.folder, { recursive: true });
  console.log(`training step, ${work.patchSize.join('x')}, batch ${batch} (in brackets: the loss)`);
  await compare(sides, Number(values.rounds));
  for (const side of Object.values(sides)) side.stop();
}
