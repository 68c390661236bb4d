import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { OnnxGraph } from '@nnunet/autodiff';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** A software driver that is part of Debian's Chromium. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

const program = `
const { InferenceSession, Tensor } = require('onnxruntime-node');
const model = Buffer.from(process.argv[1], 'base64');
InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 4 })
  .then((session) => session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [2]) }))
  .then(({ y }) => process.exit(y.data[0] === 2 && y.data[1] === 3 ? 0 : 1), () => process.exit(1));
`;

/**
 * Returns environment variables with which WebGPU works here: the current ones, or those of a software driver;
 * undefined if no driver works. Tested in a separate process, because a driver may end it.
 */
export function webgpuEnvironment(): Record<string, string> | undefined {
  const graph = new OnnxGraph();
  graph.output('y', graph.node('Add', [graph.input('x', [2]), graph.constant(1)]), [2]);
  const model = Buffer.from(graph.encode()).toString('base64');
  const quiet = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
  const candidates = [quiet, ...(existsSync(SWIFTSHADER) ? [{ ...quiet, VK_ICD_FILENAMES: SWIFTSHADER }] : [])];
  return candidates.find((variables) => {
    const env = { ...process.env, ...variables };
    const { status } = spawnSync(process.execPath, ['-e', program, model], {
      cwd: packageFolder,
      env,
      timeout: 60_000,
    });
    return status === 0;
  });
}
