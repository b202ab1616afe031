import type { preprocessingTitles, tableTitles } from './en/titles.ts'
import type { differenceTexts } from './en/differences.ts'
import type { devices } from './en/devices.ts'
import type { english } from './en/index.ts'
import type { expectations } from './en/expectations.ts'
import type { fileFaults } from './en/fileFaults.ts'
import type { layerFaults } from './en/layerFaults.ts'
import type { findings, healthNotes } from './en/health.ts'
import type { jobTitles } from './en/jobTitles.ts'
import type { logLines } from './en/logLines.ts'
import type { notices, reasons, sources, warnings } from './en/notices.ts'
import type { FactOf, Translated, ValuesOf } from './types.ts'

/** All texts, in the language of a person: handed in where sentences are made. */
export type Catalog = Translated<typeof english>

/** What a value must be. */
export type Expectation = FactOf<typeof expectations>
/** What is wrong with a file of weights, and with a layer: the middle of an error’s sentence. */
export type FileFault = FactOf<typeof fileFaults>
export type LayerFault = FactOf<typeof layerFaults>
export type WarningFact = FactOf<typeof warnings>
export type ReasonFact = FactOf<typeof reasons>
export type NoticeFact = FactOf<typeof notices>
export type DeviceFact = FactOf<typeof devices>
/** A note of a data set's health report: its code without `note-` is what programs read. */
export type NoteFact = {
  readonly [Text in keyof typeof healthNotes]: Text extends `note-${infer Code}`
    ? {
        readonly code: Code
        readonly text: Text
        readonly values: ValuesOf<typeof healthNotes, Text>
      }
    : never
}[keyof typeof healthNotes]
export type FindingFact = FactOf<typeof findings>
export type LogFact = FactOf<typeof logLines>
export type TableTitle = FactOf<typeof tableTitles>
export type PreprocessingTitle = FactOf<typeof preprocessingTitles>
export type DifferenceFact = FactOf<typeof differenceTexts>
export type TitleFact = FactOf<typeof jobTitles>
/** What a run starts from. */
export type SourceFact = FactOf<typeof sources>
