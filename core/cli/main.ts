#!/usr/bin/env node
import { run } from './program.ts'
import { addCompare } from './compare.ts'
import { addDelete } from './delete.ts'
import { addDemo } from './demo.ts'
import { addDevices } from './devices.ts'
import { addEvaluate } from './evaluate.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { addInspect } from './inspect.ts'
import { addPredict } from './predict.ts'
import { addRuns } from './runs.ts'
import { addShow } from './show.ts'
import { addResume, addTrain } from './train.ts'

await run(process.argv.slice(2), [
  addImport,
  addInspect,
  addTrain,
  addResume,
  addEvaluate,
  addPredict,
  addExport,
  addRuns,
  addShow,
  addCompare,
  addDelete,
  addDevices,
  addDemo,
])
