/**
 * Test scale Q, the shorter side in pixels, of a network trained at scale S (or a range of it): S, or the middle of its
 * range (VGG §3.2, §4.1). What validation, evaluation, prediction and exports look at where nothing else is asked for.
 */
export function testScale({ min, max }: { readonly min: number; readonly max: number }): number {
  return Math.round((min + max) / 2)
}
