export { chooseLowering } from '../choose-lowering.ts';
export { GraphSession } from '../graph-session.ts';
export { runtimeVersion } from './device.ts';
export { measureSpeed } from './measure-speed.ts';
export { nodeRuntime } from './node-runtime.ts';
export { operatorsInPlainForm } from './operators-in-plain-form.ts';
