export { trainingMemory } from './check-memory.ts';
