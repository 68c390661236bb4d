export type { ModelCard } from './model-card.ts';
