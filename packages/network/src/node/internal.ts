export { chooseLowering } from './choose-lowering.ts';
export { requireDevices } from './require-device.ts';
export { GraphSession } from './run-graph.ts';
