export { chooseLowering } from './choose-lowering.ts';
export { runtimeVersion } from './device.ts';
export { measureSpeed } from './measure-speed.ts';
export { operatorsInPlainForm } from './operators-in-plain-form.ts';
export { GraphSession } from './run-graph.ts';
