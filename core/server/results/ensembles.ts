import type { Registry } from '../../registry/registry.ts'
import type { EnsembleRow } from '../../registry/types.ts'
import type { EnsembleView } from '../api/types.ts'
import type { Ensembles } from './types.ts'

export function openEnsembles(registry: Registry): Ensembles {
  const viewOf = (row: EnsembleRow): EnsembleView => ({
    ...row,
    datasetName: row.dataset === null ? null : registry.datasets.get(row.dataset).name,
    evaluations: row.members.map((id) => {
      const { run, checkpoint, result } = registry.evaluations.get(id)
      const { protocolText, images, top1Error, top5Error } = result
      const runName = registry.runs.get(run).name
      return { evaluation: id, run, runName, checkpoint, protocolText, images, top1Error, top5Error }
    }),
  })
  return {
    list: () => registry.ensembles.list().map(viewOf).reverse(),
    view: (id) => viewOf(registry.ensembles.get(id)),
  }
}
