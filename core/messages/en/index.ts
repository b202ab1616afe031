import { devices } from './devices.ts'
import { differenceTexts } from './differences.ts'
import { errors } from './errors.ts'
import { expectations } from './expectations.ts'
import { fileFaults } from './fileFaults.ts'
import { layerFaults } from './layerFaults.ts'
import { findings, healthNotes } from './health.ts'
import { jobTitles } from './jobTitles.ts'
import { logLines } from './logLines.ts'
import { notices, reasons, sources } from './notices.ts'
import { preprocessingTitles, tableTitles } from './titles.ts'

/** All texts in English, by code. Another language is another such table. */
export const english = {
  ...errors,
  ...notices,
  ...reasons,
  ...sources,
  ...devices,
  ...healthNotes,
  ...findings,
  ...expectations,
  ...fileFaults,
  ...layerFaults,
  ...logLines,
  ...jobTitles,
  ...tableTitles,
  ...preprocessingTitles,
  ...differenceTexts,
} as const
