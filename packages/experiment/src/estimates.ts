export { type EstimateFacts, type EstimateFactsOptions, readEstimateFacts } from './estimate-facts.ts';
export { estimateJobs } from './estimate-jobs.ts';
export { estimateTotal, type TotalEstimate } from './estimate-total.ts';
export type { JobEstimate } from './job-estimate.ts';
