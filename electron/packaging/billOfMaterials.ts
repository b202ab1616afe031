import { spawnSync } from 'node:child_process'

/**
 * The software bill of materials of what is released, in CycloneDX 1.5 as JSON: every package that the lock file has
 * outside of development, with version, license and hash. npm writes it.
 *
 * @param root folder of package.json and package-lock.json
 * @throws Error with npm's words where it fails
 */
export function billOfMaterials(root: string): string {
  const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only', '--omit=dev']
  const { status, stdout, stderr, error } = spawnSync('npm', ['sbom', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100e6,
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`)
  return stdout
}
