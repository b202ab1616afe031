/** Names of a graph's inputs and outputs, beside `images`, `targets`, `weights`, `loss` (scalar) and `logits` (N×K). */

/** Input with a dropout layer's mask: N×F values 0 or 1/(1−rate). */
export const maskName = (layer: string): string => `mask/${layer}`
export const gradientName = (parameter: string): string => `gradient/${parameter}`
export const weightName = (parameter: string): string => `weight/${parameter}`
export const momentumName = (parameter: string): string => `momentum/${parameter}`
export const batchMeanName = (layer: string): string => `mean/${layer}`
export const batchVarianceName = (layer: string): string => `variance/${layer}`
/** Output with the loss of the classifier alone, where auxiliary ones have theirs in `loss`. */
export const classifierLossName = 'classifierLoss'
