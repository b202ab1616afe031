import { addBench } from './bench.ts'
import { addCalibrate } from './calibrate.ts'
import { addCompare } from './compare.ts'
import { addDatasets } from './datasets.ts'
import { addDelete } from './delete.ts'
import { addDemo } from './demo.ts'
import { addDevices } from './devices.ts'
import { addEngines } from './engines.ts'
import { addEvaluate } from './evaluate.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { addInspect } from './inspect.ts'
import { addPredict } from './predict.ts'
import { addReport } from './report.ts'
import { addRuns } from './runs.ts'
import { addSeeds } from './seeds.ts'
import { addServe } from './serve.ts'
import { addSettings } from './settings.ts'
import { addShow } from './show.ts'
import { addSlices } from './slices.ts'
import { addStats } from './stats.ts'
import { addResume, addTrain } from './train.ts'
import { addWeights } from './weights.ts'

/** In the order in which `--help` lists them. */
export const commands = [
  addImport,
  addInspect,
  addTrain,
  addResume,
  addSeeds,
  addEvaluate,
  addStats,
  addSlices,
  addCalibrate,
  addPredict,
  addExport,
  addWeights,
  addDatasets,
  addRuns,
  addShow,
  addCompare,
  addReport,
  addDelete,
  addSettings,
  addDevices,
  addEngines,
  addBench,
  addServe,
  addDemo,
]
