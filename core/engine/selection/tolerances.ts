/**
 * A device's gradients may differ from the CPU's by this much. bf16 keeps 8 bits of a number, and batch normalization
 * over few noisy images makes much of each: what is right differs by 0.2 to 0.4 there, what is wrong by 1 and more.
 */
export const tolerances = { fp32: 1e-3, bf16: 0.7 } as const
