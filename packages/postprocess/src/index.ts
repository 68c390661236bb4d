export {
  type DecideOptions,
  type DecisionInput,
  type DicePerLabel,
  decideBy,
  decidePostprocessing,
  type LabelPair,
  type PostprocessingDecision,
  type Trial,
  type TrialOutcome,
} from './decide-postprocessing.ts';
export { type DecisionOrigin, formatPostprocessing, parsePostprocessing } from './postprocessing-json.ts';
export {
  applyPostprocessing,
  type LabelVolume,
  type ObjectSizes,
  type Removal,
  type RemovalOptions,
  removeAllButLargest,
} from './remove-components.ts';
export { type Entry, NO_POSTPROCESSING, type PostprocessingRule } from './rule.ts';
