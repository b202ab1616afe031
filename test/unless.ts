/**
 * For the end of the name of a test that is skipped where something lacks: CI's last lines say why it was.
 * `test.skipIf(!isLinux)(`reads /proc${unless(isLinux, 'not on Linux')}`, …)`
 */
export function unless(here: boolean, reason: string): string {
  return here ? '' : ` (skipped: ${reason})`
}

export const isLinux = process.platform === 'linux'
export const onlyLinux = unless(isLinux, 'it needs Linux')
export const isUnix = process.platform !== 'win32'
export const onlyUnix = unless(isUnix, 'it needs signals, which Windows lacks')
