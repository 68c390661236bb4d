export { describeChangedSettings } from './changed-settings.ts';
