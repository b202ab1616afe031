import { mergeConfig } from 'vitest/config'
import { base } from './vitest.config.ts'

/** `npm run test:slow`: tests that mostly wait. Apart from `npm test`, so that nobody waits for them. */
export default mergeConfig(base, {
  test: {
    include: ['test/**/*.slow.ts'],
    testTimeout: 240_000,
    outputFile: { json: 'test-results/slow.json' },
  },
})
