export { freeMemory, heldMemory, spareMemory } from './free-memory.ts';
export { limitJob, usableProcessors } from './job-limits.ts';
