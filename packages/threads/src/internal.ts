export { splitOutcomes } from './settle-bounded.ts';
