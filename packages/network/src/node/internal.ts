export { chooseLowering } from './choose-lowering.ts';
export { operatorsInPlainForm } from './operators-in-plain-form.ts';
export { GraphSession } from './run-graph.ts';
