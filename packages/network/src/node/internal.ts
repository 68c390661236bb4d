export { chooseLowering } from './choose-lowering.ts';
export { GraphSession } from './run-graph.ts';
