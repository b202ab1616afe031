import { csvText } from '../base/csv.ts'
import { inMetric, type Metric } from '../evaluation/metric.ts'
import type { Complexity, ComplexityPoint } from './complexity.ts'

/** For other programs: a line for each point, plain numbers with their units in the titles. */
export function complexityCsv({ points }: Complexity, metric: Metric): string {
  const titles = [
    ...['run', 'name', 'network', 'title', 'crop px', 'classes', 'weight layers'],
    ...['parameters', 'multiply-adds', `top-1 ${metric} 0-1`, `top-5 ${metric} 0-1`, 'n'],
    ...['split', 'protocol', 'checkpoint', 'evaluation', 'evaluated images/s'],
    ...['trained images/s', 'process memory bytes', 'device memory bytes', 'engine', 'device', 'precision'],
  ]
  return csvText([titles, ...points.map((point) => lineOf(point, metric))])
}

function lineOf(point: ComplexityPoint, metric: Metric) {
  const { run, network, title, crop, classes, depth, parameters, multiplyAdds } = point
  const { error, trainingSpeed, memory, execution } = point
  return [
    ...[run?.run ?? null, run?.name ?? null, network, title, crop, classes, depth, parameters, multiplyAdds],
    ...[inMetric(error?.top1Error ?? null, metric), inMetric(error?.top5Error ?? null, metric)],
    ...[error?.images ?? null, error?.split ?? null, error?.protocolText ?? null, error?.checkpoint ?? null],
    ...[error?.evaluation ?? null, error?.imagesPerSecond ?? null, trainingSpeed],
    ...[memory.process, memory.device],
    ...[execution?.engine ?? null, execution?.device ?? null, execution?.precision ?? null],
  ]
}
