import type { EvaluationSummary } from '../../registry/types.ts'
import type { EvaluationEntry } from '../api/types.ts'

/** An evaluation in a list: the numbers, with the protocol beside them. */
export function evaluationEntry({ result, ...row }: EvaluationSummary): EvaluationEntry {
  const { protocolText, images, top1Error, top1Interval, top5Error, changedFiles } = result
  const mark = changedFiles && { changedFiles }
  return { ...row, protocolText, images, top1Error, top1Interval, top5Error, ...mark }
}
