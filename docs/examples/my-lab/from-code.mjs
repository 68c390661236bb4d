import { readFile } from 'node:fs/promises';
import { planExperiment, shippedPlanners } from '@nnunet/planner';
import { preprocessorFor, shippedPreprocessors } from '@nnunet/preprocess';
import { IsotropicPlanner, PercentilePlanner, PercentilePreprocessor } from './index.mjs';

const fingerprint = JSON.parse(await readFile(process.argv[2], 'utf8'));
const planners = shippedPlanners.with(IsotropicPlanner, PercentilePlanner);
const preprocessors = shippedPreprocessors.with(PercentilePreprocessor);

const plans = planExperiment(fingerprint, { planner: 'PercentilePlanner', planners });
console.log(preprocessorFor(plans, preprocessors).constructor.name); // PercentilePreprocessor
