import type { Operation, OperationName } from '../ir.ts'
import { adaptivePoolingRows } from './adaptivePooling.ts'
import { convolutionRows } from './convolution.ts'
import { elementwiseRows } from './elementwise.ts'
import { inputRows } from './inputs.ts'
import { linearRows } from './linear.ts'
import { lossRows } from './loss.ts'
import { normalizationRows } from './normalization.ts'
import { poolingRows } from './pooling.ts'
import { rearrangementRows } from './rearrangement.ts'
import type { Row, Rows } from './row.ts'

/** Every operation with its shape, gradient and both lowerings: what lacks a row, or a column of it, does not compile. */
const operations: Rows<OperationName> = {
  ...inputRows,
  ...convolutionRows,
  ...poolingRows,
  ...adaptivePoolingRows,
  ...elementwiseRows,
  ...linearRows,
  ...rearrangementRows,
  ...normalizationRows,
  ...lossRows,
}

/** The row of an operation, for that operation. */
export function rowOf(operation: Operation): Row<OperationName> {
  // Which row goes with which operation is known to the table's type, but not to one of all operations.
  return operations[operation.op] as unknown as Row<OperationName>
}
