export * from './index.ts';
export * from './operators.ts';
