export { describeChangedSettings } from './changed-settings.ts';
export { checkSettings } from './training-settings.ts';
