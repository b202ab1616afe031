import type { JobEvent } from '../../jobs/recording/events.ts'
import type { Progress } from './types.ts'

/** How far a job is, from what it says; null where it says something else. */
export function progressOf(event: JobEvent): Progress | null {
  if (event.event !== 'progress' && event.event !== 'step') return null
  if ('done' in event) {
    const { phase, done, total, secondsLeft, detail, soFar } = event
    // What comes before a training is no part of it: its bar begins with it.
    const fraction = total && phase !== 'calibrate' && phase !== 'test' ? done / total : null
    const more = { ...(detail !== undefined && { detail }), ...(soFar != null && { soFar }) }
    return { phase, done, total, fraction, secondsLeft, ...more }
  }
  const { phase, imagesDone, images, epoch, epochs, secondsLeft } = event
  // Where features come first, they are nearly all of the work.
  if (phase === 'features') {
    const fraction = images === 0 ? 0 : (0.9 * imagesDone) / images
    return { phase, done: imagesDone, total: images, fraction, secondsLeft, epoch, epochs }
  }
  const share = phase === 'training' ? (0.9 * imagesDone) / images : 0.9 + (0.1 * imagesDone) / images
  return {
    phase,
    done: imagesDone,
    total: images,
    fraction: Math.min(1, (epoch - 1 + share) / epochs),
    secondsLeft,
    epoch,
    epochs,
  }
}
