import { benchErrors } from './errors/bench.ts'
import { dataErrors } from './errors/data.ts'
import { enginesErrors } from './errors/engines.ts'
import { generalErrors } from './errors/general.ts'
import { imagesErrors } from './errors/images.ts'
import { jobsErrors } from './errors/jobs.ts'
import { missingErrors } from './errors/missing.ts'
import { networksErrors } from './errors/networks.ts'
import { problemsErrors } from './errors/problems.ts'
import { serverErrors } from './errors/server.ts'
import { sharedErrors } from './errors/shared.ts'
import { statisticsErrors } from './errors/statistics.ts'
import { trainingErrors } from './errors/training.ts'
import { weightsErrors } from './errors/weights.ts'

/** What went wrong, by the code that `--json` and the API show. */
export const errors = {
  ...generalErrors,
  ...sharedErrors,
  ...missingErrors,
  ...dataErrors,
  ...problemsErrors,
  ...imagesErrors,
  ...networksErrors,
  ...weightsErrors,
  ...trainingErrors,
  ...statisticsErrors,
  ...enginesErrors,
  ...jobsErrors,
  ...serverErrors,
  ...benchErrors,
} as const
