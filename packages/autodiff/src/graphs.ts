export { atSizes, type Json, type SizedExample, type Sizes, withSizes } from './graphs/sizes.ts';
export { readGraph, type StoredGraph, type StoredNode, storeGraph } from './graphs/stored-graph.ts';
