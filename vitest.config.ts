import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages', import.meta.url));

/** Tests import the sources of every package, so a change is seen without a build. Worker threads run the built files. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@nnunet\/([^/]+)\/node$/, replacement: `${packages}/$1/src/node/index.ts` },
      { find: /^@nnunet\/([^/]+)\/(.+)$/, replacement: `${packages}/$1/src/$2.ts` },
      { find: /^@nnunet\/([^/]+)$/, replacement: `${packages}/$1/src/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts'],
    globalSetup: ['tools/checks/temporary-folder.mjs'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A busy machine starts a process late.
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
