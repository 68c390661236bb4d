// Plans the 2D and the 3D network for a fingerprint: node plans.js FINGERPRINT.json OUTPUT_FOLDER
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlanner, type Fingerprint, type Plans } from '@nnunet/planner';
import { formatJson, parseFingerprint } from '@nnunet/schema';

const [fingerprintFile = 'dataset_fingerprint.json', outputFolder = '.'] = process.argv.slice(2);
const fingerprint: Fingerprint = parseFingerprint(await readFile(fingerprintFile, 'utf8'), fingerprintFile);

for (const name of ['ExperimentPlanner2D_v21', 'ExperimentPlanner3D_v21']) {
  const planner = createPlanner(fingerprint, { planner: name, gpuMemoryTarget: 8 });
  const plans: Plans = planner.plan();
  await writeFile(join(outputFolder, planner.plansFileName), formatJson(plans));
  for (const { patch_size, batch_size } of Object.values(plans.plans_per_stage))
    console.log(`${planner.dimensions}: ${batch_size} patches of ${patch_size.join(' x ')} voxels`);
}
