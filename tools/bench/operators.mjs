/**
 * Compares operators for networks of one's own with PyTorch, each between two 1x1x1 convolutions, as in a network: the value
 * and all gradients in both lowerings, and the times in turns. The status is 1 if a difference is too large.
 * node tools/bench/operators.mjs --python PATH [--size 20,28,20] [--channels 32] [--rounds 5] [--only TEXT]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  blockedLowering,
  blockSizeOf,
  blockSizeProbe,
  differentiate,
  lower,
} from '../../packages/autodiff/dist/index.js';
import * as op from '../../packages/autodiff/dist/operators.js';
import { counterRandom } from '../../packages/tensor/dist/index.js';
import { keptMemory, median, startPeer } from './peer.mjs';

const { InferenceSession, Tensor } = createRequire(new URL('../../packages/network/package.json', import.meta.url))(
  'onnxruntime-node',
);
const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    size: { type: 'string', default: '20,28,20' },
    channels: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const size = options.size.split(',').map(Number);
const c = Number(options.channels);
const samples = 2;
const half = size.map((n) => n / 2);

const cube = (k) => [k, k, k];
const depthwise = (k) => [
  [[c, 1, ...cube(k)]],
  (x, w) => op.convolution(x, w, undefined, { padding: cube(k >> 1), groups: c }),
];
const perChannel = [[c], [c]];
const mednext = (k) => [
  [[c, 1, ...cube(k)], [c], [c], [3 * c, c, 1, 1, 1], [c, 3 * c, 1, 1, 1]],
  (x, w, gamma, beta, expand, shrink) => {
    const wide = op.convolution(x, w, undefined, { padding: cube(k >> 1), groups: c });
    const normed = op.groupNorm(wide, gamma, beta, { groups: c });
    return op.add(x, op.convolution(op.gelu(op.convolution(normed, expand)), shrink));
  },
];
/** By name (those of operators_peer.py): shapes of the inputs besides the value, and the operator; a smaller size if it needs one. */
const cases = {
  'depthwise 3': depthwise(3),
  'depthwise 5': depthwise(5),
  'depthwise 7': depthwise(7),
  'depthwise 3, stride 2': [
    [[c, 1, 3, 3, 3]],
    (x, w) => op.convolution(x, w, undefined, { stride: cube(2), padding: cube(1), groups: c }),
  ],
  'depthwise 5, input gradient of stride 2': [
    [[c, 1, 5, 5, 5]],
    (x, w) => op.convolutionInputGradient(x, w, { stride: cube(2), padding: cube(2), groups: c, inputSize: size }),
    half,
  ],
  '4 groups': [[[c, c / 4, 3, 3, 3]], (x, w) => op.convolution(x, w, undefined, { padding: cube(1), groups: 4 })],
  gelu: [[], op.gelu],
  silu: [[], op.silu],
  'interpolate, linear': [[], (x) => op.interpolate(x, size, { mode: 'linear' }), half],
  'interpolate, nearest': [
    [],
    (x) =>
      op.interpolate(
        x,
        size.map((n) => n + 3),
        { mode: 'nearest' },
      ),
  ],
  maxPool: [[], (x) => op.maxPool(x, cube(2))],
  'group norm, a group per channel': [perChannel, (x, g, b) => op.groupNorm(x, g, b, { groups: c })],
  'group norm, 4 groups': [perChannel, (x, g, b) => op.groupNorm(x, g, b, { groups: 4 })],
  'layer norm of channels': [perChannel, (x, g, b) => op.layerNorm(x, g, b, { axes: [1] })],
  attention: [
    [
      [c, c],
      [c, c],
      [c, c],
    ],
    (x, q, k, v) => {
      const tokens = op.transpose(
        op.reshape(
          x,
          [samples, c, -1].map((n, i) => (i < 2 ? n : x.shape.slice(2).reduce((a, b) => a * b))),
        ),
        [0, 2, 1],
      );
      const scores = op.matmul(op.matmul(tokens, q), op.transpose(op.matmul(tokens, k), [0, 2, 1]));
      const weights = op.softmax(op.multiply(scores, 1 / Math.sqrt(c)), -1);
      return op.reshape(op.transpose(op.matmul(weights, op.matmul(tokens, v)), [0, 2, 1]), x.shape);
    },
    size.map((n) => n / 4),
  ],
  'MedNeXt block, kernel 3': mednext(3),
  'MedNeXt block, kernel 5': mednext(5),
  'attention gate': [
    [
      [samples, c, ...half],
      [c, c, 1, 1, 1],
      [c, c, 1, 1, 1],
      [1, c, 1, 1, 1],
    ],
    (x, signal, wx, wg, psi) => {
      const both = op.relu(op.add(op.convolution(x, wx, undefined, { stride: cube(2) }), op.convolution(signal, wg)));
      const opened = op.sigmoid(op.convolution(both, psi));
      return op.multiply(x, op.interpolate(opened, x.shape.slice(2), { mode: 'linear' }));
    },
  ],
};

const count = (shape) => shape.reduce((a, b) => a * b, 1);
const probe = blockSizeProbe();
const probing = await InferenceSession.create(probe.model);
const { y: probed } = await probing.run({ x: new Tensor('float32', probe.input.data, probe.input.shape) });
const block = blockSizeOf(probed.data);

/** A graph in one lowering, loaded. */
async function load(outputs, lowering) {
  const graph = lower(outputs, lowering === 'blocked' ? { lowering: blockedLowering(block) } : {});
  const session = await InferenceSession.create(graph.model, {
    enableMemPattern: false,
    intraOpNumThreads: 2,
    graphOptimizationLevel: lowering === 'blocked' ? 'disabled' : 'all',
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '20' } } },
  });
  return { plain: graph.plain, run: (feeds) => session.run(feeds), release: () => session.release() };
}

/** Greatest difference, relative to the largest number. */
function difference(expected, found) {
  let [worst, scale] = [0, 1e-6];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(expected[i] - found[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return worst / scale;
}

const torch = startPeer(options.python, './operators_peer.py', keptMemory);
let failed = false;
console.log(
  `${samples}x${c}x${size.join('x')}; milliseconds: median (processor time); difference relative to the largest number`,
);
for (const [name, [shapes, build, own = size]] of Object.entries(cases)) {
  if (!name.includes(options.only)) continue;
  const all = [[samples, c, ...own], [c, c, 1, 1, 1], [c, c, 1, 1, 1], ...shapes];
  const inputs = all.map((shape, i) => op.input(`x${i}`, shape));
  const [x, before, after, ...rest] = inputs;
  const y = op.convolution(build(op.convolution(x, before), ...rest), after);
  const factors = op.input('factors', y.shape);
  const gradients = differentiate(op.sum(op.multiply(y, factors)), inputs);
  const outputs = { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };

  const folder = mkdtempSync(join(tmpdir(), 'nnunet-operators-'));
  const feeds = {};
  for (const [i, e] of [...inputs, factors].entries()) {
    const data = counterRandom(1, name, `x${i}`).fillNormal(new Float32Array(count(e.shape)));
    if (e.shape[0] === c)
      data.forEach((v, k) => {
        data[k] = v / Math.sqrt(count(e.shape) / c);
      });
    writeFileSync(join(folder, `${e.attributes.name}.f32`), data);
    feeds[e.attributes.name] = new Tensor('float32', data, e.shape);
  }
  await torch.ask({ command: 'make', case: name, inputs: all, folder });
  // a buffer of its own: small files are read into a shared one
  const expected = (key) => new Float32Array(Uint8Array.from(readFileSync(join(folder, `${key}.f32`))).buffer);

  console.log(name);
  const sides = { torch: { step: () => torch.ask({ command: 'step' }), answers: [] } };
  for (const lowering of ['plain', 'blocked']) {
    const graph = await load(outputs, lowering);
    const found = await graph.run(feeds);
    const worst = Math.max(...Object.keys(outputs).map((key) => difference(expected(key), found[key].data)));
    const left = Object.entries(graph.plain).map(([of, n]) => `${n} ${of}`);
    failed ||= !(worst < 1e-4);
    sides[lowering] = {
      text: `, difference ${worst.toExponential(1)}${left.length > 0 ? `, in plain form: ${left.join(', ')}` : ''}`,
      release: graph.release,
      answers: [],
      async step() {
        const [start, used] = [performance.now(), process.cpuUsage()];
        await graph.run(feeds);
        const { user, system } = process.cpuUsage(used);
        return { seconds: (performance.now() - start) / 1e3, processor: (user + system) / 1e6 };
      },
    };
  }
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const side of Object.values(sides)) side.answers.push(await side.step());
  }
  for (const [side, { answers, text = '' }] of Object.entries(sides)) {
    const of = (key) => (1e3 * median(answers.map((a) => a[key]))).toFixed(0);
    console.log(`  ${side}: ${of('seconds')} (${of('processor')})${text}`);
  }
  for (const { release } of Object.values(sides)) await release?.();
  rmSync(folder, { recursive: true });
}
torch.stop();
process.exitCode = failed ? 1 : 0;
