export { componentImage } from './connected-components.ts';
