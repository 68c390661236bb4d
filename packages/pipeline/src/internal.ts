export { fourDigits } from './four-digits.ts';
export { foldsOfTask } from './task-folds.ts';
export { trainedModelFolder } from './trained-model.ts';
