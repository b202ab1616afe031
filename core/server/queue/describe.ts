import { basename } from 'node:path'
import { findInstallable } from '../../engine/installables.ts'
import type { JobInputs, JobKind } from '../../jobs/messages.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'

/** What a person reads about a job before it has done anything, and where it belongs. */
export interface Description {
  readonly title: string
  readonly lane: string
  readonly run: Id | null
  readonly dataset: Id | null
}

type Input<Kind extends JobKind> = JobInputs[Kind]

/**
 * @param preferred finds the id of the device that `auto` stands for
 * @throws StudioError `not-found` where the job names a run or data set that isn't there
 */
export function describeJob(
  registry: Registry,
  kind: JobKind,
  input: JobInputs[JobKind],
  preferred: () => string,
): Description {
  const on = (device: string | undefined): string =>
    device === undefined || device === 'auto' ? preferred() : device
  switch (kind) {
    case 'install':
    case 'uninstall': {
      const { title } = findInstallable((input as Input<'install'>).name)
      const verb = kind === 'install' ? 'Install' : 'Remove'
      return { title: `${verb} ${title}`, lane: 'engines', run: null, dataset: null }
    }
    case 'import': {
      const { source, name } = input as Input<'import'>
      return { title: `Import ${name ?? basename(source)}`, lane: 'import', run: null, dataset: null }
    }
    case 'relocate': {
      const { dataset, folder } = input as Input<'relocate'>
      const { id, name } = registry.datasets.get(dataset)
      return { title: `Find ${name} in ${basename(folder)}`, lane: 'import', run: null, dataset: id }
    }
    case 'difference': {
      const { id, name } = registry.datasets.get((input as Input<'difference'>).dataset)
      return { title: `Compare ${name} with its files`, lane: 'import', run: null, dataset: id }
    }
    case 'train': {
      const { dataset, recipe, name } = input as Input<'train'>
      const { network, execution } = (recipe ?? {}) as RecipeParts
      const known = registry.datasets.find(dataset)
      const what = `Train ${network?.config ?? 'A'} on ${known?.name ?? basename(dataset)}`
      const title = name === undefined ? what : `${what}: ${name}`
      return { title, lane: on(execution?.device), run: null, dataset: known?.id ?? null }
    }
    case 'resume': {
      const { id, name, dataset, recipe } = registry.runs.get((input as Input<'resume'>).run)
      const lane = on((recipe as RecipeParts).execution?.device)
      return { title: `Resume ${name}`, lane, run: id, dataset }
    }
    case 'evaluate': {
      const { run: reference, device } = input as Input<'evaluate'>
      const { id, name, dataset, recipe } = registry.runs.get(reference)
      const lane = on(device ?? (recipe as RecipeParts).execution?.device)
      return { title: `Evaluate ${name}`, lane, run: id, dataset }
    }
    case 'predict':
    case 'export': {
      const { id, name, dataset } = registry.runs.get((input as Input<'export'>).run)
      const title = `${kind === 'export' ? 'Export' : 'Predict with'} ${name}`
      // Short and light: it need not wait for the training that may fill a device for days.
      return { title, lane: kind, run: id, dataset }
    }
  }
}

interface RecipeParts {
  readonly network?: { readonly config?: string }
  readonly execution?: { readonly device?: string }
}
