export { freeMemory, heldMemory, spareMemory } from './free-memory.ts';
