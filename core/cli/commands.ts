import { addBench } from './bench.ts'
import { addCalibrate } from './calibrate.ts'
import { addCompare } from './compare.ts'
import { addComplexity } from './complexity.ts'
import { addDatasets } from './datasets.ts'
import { addDelete } from './delete.ts'
import { addDemo } from './demo.ts'
import { addDevices } from './devices.ts'
import { addDiagnostics } from './diagnostics.ts'
import { addEngines } from './engines.ts'
import { addEvaluate } from './evaluate.ts'
import { addExport } from './export.ts'
import { addVerify } from './verify.ts'
import { addImport } from './import.ts'
import { addInspect } from './inspect.ts'
import { addPredict } from './predict.ts'
import type { CommandGroup } from './program.ts'
import { addReport } from './report.ts'
import { addRuns } from './runs.ts'
import { addSeeds } from './seeds.ts'
import { addServe } from './serve.ts'
import { addSettings } from './settings.ts'
import { addShow } from './show.ts'
import { addSlices } from './slices.ts'
import { addStats } from './stats.ts'
import { addSuspects } from './suspects.ts'
import { addResume, addTrain } from './train.ts'
import { addWeights } from './weights.ts'

/** As `--help` lists them. */
export const commands: readonly CommandGroup[] = [
  { title: 'Start here', commands: [addDemo, addServe] },
  { title: 'Data', commands: [addImport, addDatasets] },
  { title: 'Training', commands: [addTrain, addResume, addSeeds, addInspect, addWeights] },
  { title: 'Runs', commands: [addRuns, addShow, addCompare, addComplexity, addDelete] },
  { title: 'Results', commands: [addEvaluate, addStats, addSlices, addSuspects, addCalibrate, addReport] },
  { title: 'Use', commands: [addPredict, addExport, addVerify] },
  { title: 'This machine', commands: [addDevices, addEngines, addSettings, addBench, addDiagnostics] },
]
