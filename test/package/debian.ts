import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Installer } from 'electron-installer-debian'
import { configuration } from './builder.ts'

const root = resolve(import.meta.dirname, '../..')

/** Installs to where electron-builder's package does; what lies in /usr/bin, and the sandbox's mode, are the scripts'. */
class SamePlaces extends Installer {
  get contentFunctions(): readonly string[] {
    return [
      'copyApplication',
      'copyLinuxIcons',
      'copyScripts',
      'createControl',
      'createCopyright',
      'createDesktopFile',
    ]
  }
  get stagingAppDir(): string {
    return join(this.stagingDir, 'opt', configuration().productName)
  }
  copyLicense(to: string): void {
    copyFileSync(join(root, 'LICENSE'), to)
  }
  updateSandboxHelperPermissions(): void {}
}

/**
 * A second builder of the .deb, electron-installer-debian, which needs nothing but Debian's own tools: from the same
 * folder, electron-builder.yml and resources/installer as electron-builder's.
 * @returns the package's path
 */
export async function makeWithInstaller(folder: string, dest: string): Promise<string> {
  const { linux, deb, productName } = configuration()
  const work = mkdtempSync(join(tmpdir(), 'vgg-installer-'))
  const write = (name: string, text: string): string => {
    writeFileSync(join(work, name), text)
    return join(work, name)
  }
  const names: Record<string, string> = {
    executable: linux.executableName,
    sanitizedProductName: productName,
  }
  const filled = (file: string): string =>
    write(
      file.replaceAll('/', '-'),
      readFileSync(join(root, file), 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => names[name]!),
    )
  try {
    const { version, description } = manifest()
    const installer = new SamePlaces({
      src: folder,
      dest,
      arch: 'amd64',
      rename: (to: string) => join(to, `second_<%= version %>_<%= arch %>.deb`),
      logger: () => undefined,
      name: linux.executableName,
      productName,
      version,
      homepage: ' ',
      revision: '',
      bin: linux.executableName,
      maintainer: linux.maintainer,
      description: linux.synopsis,
      productDescription: ` ${description}`,
      section: 'default',
      icon: Object.fromEntries(
        readdirSync(join(root, linux.icon)).map((name) => [
          name.replace('.png', ''),
          join(root, linux.icon, name),
        ]),
      ),
      scripts: { postinst: filled(deb.afterInstall), postrm: filled(deb.afterRemove) },
      desktopTemplate: write('entry.desktop', desktopEntry()),
      compression: 'zstd',
    })
    await installer.generateDefaults()
    installer.generateOptions()
    Object.assign(installer.options, { depends: deb.depends, recommends: deb.recommends })
    await installer.createStagingDir()
    await installer.createContents()
    await installer.createPackage()
    await installer.movePackage()
    return installer.options.packagePaths[0]!
  } finally {
    rmSync(work, { recursive: true })
  }
}

const manifest = (): Record<string, string> =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>

/** As electron-builder makes it of the configuration. */
function desktopEntry(): string {
  const { linux, productName } = configuration()
  const { description, desktopName } = manifest()
  const entries = {
    Exec: `"/opt/${productName}/${linux.executableName}" %U`,
    Terminal: 'false',
    Type: 'Application',
    Icon: linux.executableName,
    StartupWMClass: desktopName!.replace('.desktop', ''),
    Comment: description,
    MimeType: linux.mimeTypes.map((type) => `${type};`).join(''),
    Categories: `${linux.category};`,
    ...linux.desktop.entry,
  }
  return `[Desktop Entry]\n${Object.entries(entries)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')}`
}
