import { existsSync } from 'node:fs'

/** Chromium brings one. */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** Lets WebGPU compute without a graphics card, unless the environment names an adapter. @returns whether it does */
export function useSoftwareAdapter(): boolean {
  if (existsSync(software)) process.env.VK_ICD_FILENAMES ??= software
  return process.env.VK_ICD_FILENAMES === software
}
