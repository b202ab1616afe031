import { mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

/** `npm run test:slow`: tests that mostly wait. Apart from `npm test`, so that nobody waits for them. */
const slow = mergeConfig(config, {
  test: { testTimeout: 240_000, outputFile: { json: 'test-results/slow.json' } },
})
slow.test!.include = ['test/**/*.slow.ts']
export default slow
