export {
  bestCandidates,
  type Candidate,
  formatCandidates,
  scoreCandidate,
  type TrainedConfiguration,
} from './candidate.ts';
export { type MergeOptions, mergeSoftmax, SoftmaxMean, type SoftmaxMember } from './merge-softmax.ts';
export { type CommandOptions, predictionCommands } from './prediction-commands.ts';
export { commonRegionOrder, type StoredProperties } from './region-order.ts';
