/**
 * Times the prediction of one patch of the Hippocampus network with all mirrorings against PyTorch, in turns.
 * node tools/bench/prediction.mjs --python PATH [--dimension 3|2] [--rounds 5] [--patches 1,8] [--lowering auto|plain|blocked]
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare, startOwn, startTorch } from './peer.mjs';
import { prepare } from './work.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    dimension: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    patches: { type: 'string' },
    lowering: { type: 'string', default: 'auto' },
  },
});
const dimension = Number(values.dimension);
const patches = (values.patches ?? `1,${2 ** dimension}`).split(',').map(Number);
const work = { ...prepare({ dimension, batch: 1, train: false }), lowering: values.lowering };
const sides = Object.fromEntries(patches.map((n) => [`nnunet (${n} a run)`, startOwn()]));
for (const [i, side] of Object.values(sides).entries()) await side.ask({ ...work, patchesPerRun: patches[i] });
sides.torch = startTorch(values.python);
await sides.torch.ask(work);
rmSync(work.folder, { recursive: true });
console.log(
  `prediction with ${2 ** dimension} mirrorings, ${work.patchSize.join('x')} (in brackets: sum of squares of the softmax)`,
);
await compare(sides, Number(values.rounds));
for (const side of Object.values(sides)) side.stop();
