import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowState {
  /** Left out: where the system puts new windows. */
  readonly bounds?: Bounds
  readonly maximized: boolean
}

export const minimumSize = { width: 960, height: 640 }
export const defaultSize = { width: 1280, height: 800 }

/** Null where there is none yet, or none that makes sense. */
export function loadState(file: string): WindowState | null {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(file, 'utf8')) as Partial<WindowState>
    const numbers = bounds && [bounds.x, bounds.y, bounds.width, bounds.height]
    if (!numbers?.every((value) => Number.isFinite(value))) return null
    return { bounds: bounds!, maximized: maximized === true }
  } catch {
    return null
  }
}

/** A window that forgets its place is no reason to fail. */
export function saveState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(state))
  } catch {
    return
  }
}

/** Least part of the window's top edge that must be on a display, so that it can be grasped. Pixels. */
const grip = { width: 120, height: 40 }

/** Where the window was, if that can still be seen: displays come and go. */
export function placeOnScreen(state: WindowState | null, displays: readonly Bounds[]): WindowState {
  const bounds = state?.bounds
  const visible = bounds && displays.some((display) => isOn(bounds, display))
  if (!visible) return { maximized: state?.maximized ?? false }
  const width = Math.max(minimumSize.width, bounds.width)
  const height = Math.max(minimumSize.height, bounds.height)
  return { bounds: { ...bounds, width, height }, maximized: state.maximized }
}

function isOn({ x, y, width }: Bounds, display: Bounds): boolean {
  const across = Math.min(x + width, display.x + display.width) - Math.max(x, display.x)
  return across >= grip.width && y >= display.y && y + grip.height <= display.y + display.height
}
