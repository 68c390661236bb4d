export { meanWithoutNaN } from './summary.ts';
