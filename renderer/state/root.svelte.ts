/** Runs state outside a component, with its effects. @returns ends them */
export const inRoot = (make: () => void): (() => void) => $effect.root(make)
