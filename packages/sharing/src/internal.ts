export { isAddress } from './model-address.ts';
export type { ModelCard } from './model-card.ts';
