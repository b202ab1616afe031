import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { dataFolder } from '../../../core/base/dataFolder.ts'
import { resolveHome, runFolder } from '../../../core/jobs/context/home.ts'

test('--home goes before VGG_STUDIO_HOME, and that before the platform’s folder', () => {
  const environment = { VGG_STUDIO_HOME: '/from/environment' }
  expect(resolveHome('/asked', environment).folder).toBe(resolve('/asked'))
  expect(resolveHome(undefined, environment).folder).toBe(resolve('/from/environment'))
  expect(resolveHome(undefined, {}).folder).toBe(resolve(dataFolder()))
  expect(resolveHome('', { VGG_STUDIO_HOME: '' }).folder).toBe(resolve(dataFolder()))
  expect(dataFolder()).toMatch(/vgg-studio/)
})

test('a relative home is relative to the working directory', () => {
  const home = resolveHome('studio', {})
  expect(home).toEqual({
    folder: resolve('studio'),
    registry: resolve('studio/registry.sqlite'),
    exports: resolve('studio/exports'),
    cache: resolve('studio/cache'),
    images: resolve('studio/cache/images'),
    compiled: resolve('studio/cache/compiled'),
  })
  expect(runFolder(home, 'r3')).toBe(join(resolve('studio'), 'runs', 'r3'))
})
