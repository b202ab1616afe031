import { counted } from './words.ts'

interface Named {
  readonly name: string
}

const title =
  (verb: string) =>
  ({ name }: Named) => ({ message: `${verb} ${name}` })

/** Titles of jobs. */
export const jobTitles = {
  'job-import': title('Import'),
  'job-relocate': ({ name, folder }: Named & { readonly folder: string }) => ({
    message: `Find ${name} in ${folder}`,
  }),
  'job-difference': ({ name }: Named) => ({ message: `Compare ${name} with its files` }),
  'job-train': ({
    config,
    dataset,
    name,
  }: {
    readonly config: string
    readonly dataset: string
    readonly name: string | null
  }) => ({ message: `Train ${config} on ${dataset}${name === null ? '' : `: ${name}`}` }),
  'job-plan': ({
    name,
    kind,
    trainings,
  }: Named & { readonly kind: 'chain' | 'sweep'; readonly trainings: number }) => ({
    message:
      kind === 'chain'
        ? `Train in ${counted(trainings, 'stage')}: ${name}`
        : `Sweep of ${counted(trainings, 'run')}: ${name}`,
  }),
  'job-resume': title('Resume'),
  'job-evaluate': title('Evaluate'),
  'job-calibrate': title('Calibrate'),
  'job-table': ({ table, runs }: { readonly table: string | null; readonly runs: readonly string[] }) => ({
    message: `${table === null ? 'Evaluate' : `Table ${table} of`} ${runs.join(', ')}`,
  }),
  'job-ensemble': ({ runs }: { readonly runs: readonly string[] }) => ({
    message: `Average ${runs.join(', ')}`,
  }),
  'job-predict': title('Predict with'),
  'job-export': title('Export'),
  'job-install': title('Install'),
  'job-uninstall': title('Remove'),
  'job-get-weights': title('Get'),
  'job-import-weights': title('Import weights'),
} as const
