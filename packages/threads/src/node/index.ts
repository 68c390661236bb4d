export { builtWorker } from './built-worker.ts';
export { loadPlugins } from './load-plugins.ts';
export { serveThread } from './serve-thread.ts';
export { type CallOptions, Thread } from './thread.ts';
export { type RunOptions, ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';
