/** Trains by nnU-Net v2's rules: node train-by-v2.mjs OPTIONS.json, the options of `trainV2`. Prints its log. */
import { readFileSync } from 'node:fs';
import { trainV2 } from '../../packages/trainer/dist/node/index.js';

const { result } = await trainV2({ ...JSON.parse(readFileSync(process.argv[2])), onLog: (text) => console.log(text) });
process.exitCode = result === 'finished' ? 0 : 1;
