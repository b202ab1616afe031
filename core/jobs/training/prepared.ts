import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Tensors } from '../../base/tensor.ts'
import { writeAtomic } from '../../base/files.ts'
import type { Dataset, Id, Run } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'
import { runFolder, type Home } from '../context/home.ts'
import { runTraining, type TrainingOrder, type TrainResult } from './runTraining.ts'

/** A run, with what its training needs besides files: see runTraining. */
export interface PreparedRun {
  readonly run: Run
  readonly dataset: Dataset
  readonly order: TrainingOrder
}

/** What is done with a prepared run while this process has it. */
export type UsePrepared<Result> = (
  context: JobContext,
  prepared: PreparedRun,
  lost: AbortSignal,
) => Promise<Result>

/** Trains in this process, and records how it ended. */
export const trainHere: UsePrepared<TrainResult> = async (context, { run, dataset, order }, lost) => {
  const signal = AbortSignal.any([context.signal, lost])
  const result = await runTraining({ ...context, images: dataset.root, signal }, order)
  lost.throwIfAborted()
  context.registry.runs.end(run.id, result.status)
  return result
}

/** A run whose order lies in its folder for the process that trains it. */
export interface WaitingRun {
  readonly run: Id
  /** Folder of the images. */
  readonly images: string
  /** Whether what comes after it is trained also if it fails. */
  readonly mayFail?: boolean
}

const orderPath = (home: Home, run: Id): string => join(runFolder(home, run), 'order.bin')

/** Leaves the order to another process of this machine. */
export const leaveOrder: UsePrepared<WaitingRun> = async ({ home }, { run: { id }, dataset, order }) => {
  await writeAtomic(orderPath(home, id), serialize(order))
  return { run: id, images: dataset.root }
}

/** The order that was left, which is used once: a run that resumes gets another. */
export async function takeOrder(home: Home, run: Id): Promise<TrainingOrder> {
  const path = orderPath(home, run)
  const order = deserialize(await readFile(path)) as TrainingOrder
  await rm(path)
  const { beginning } = order
  if (!beginning?.weights) return order
  return { ...order, beginning: { ...beginning, weights: withOwnMemory(beginning.weights) } }
}

/** Tensors that were read share memory, which could not be given back tensor by tensor. */
const withOwnMemory = (tensors: Tensors): Tensors =>
  new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
