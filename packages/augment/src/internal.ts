export { drawLocal } from './local-draws.ts';
