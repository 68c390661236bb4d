export { Pace, ProgressClock } from './progress-clock.ts';
export { splitOutcomes } from './settle-bounded.ts';
