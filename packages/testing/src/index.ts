export { mutate, seededNumbers } from './mutate.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { tinyPlans } from './tiny-plans.ts';
