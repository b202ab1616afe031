import { boxOf, type Box } from '../logic/picking.ts'

interface Band {
  /** Whether it adds to what is picked. */
  readonly began: (adds: boolean) => void
  /** In pixels of the scrolled content; null when it is over. */
  readonly moved: (box: Box | null) => void
}

/** Pixels that a press may move before it is a band and not a click. */
const still = 5

/** Draws a rectangle with the mouse over a list that scrolls; at its edges the list scrolls on. */
export function rubberBand(band: Band): (scroller: HTMLElement) => () => void {
  return (scroller) => {
    let from: { readonly x: number; readonly y: number; readonly adds: boolean } | null = null
    let drawing = false

    const at = (event: PointerEvent): { readonly x: number; readonly y: number } => {
      const box = scroller.getBoundingClientRect()
      return {
        x: event.clientX - box.left,
        y: event.clientY - box.top + scroller.scrollTop,
      }
    }
    function press(event: PointerEvent): void {
      if (event.button !== 0 || event.pointerType !== 'mouse') return
      const { x, y } = at(event)
      // The scroll bar is no part of the list.
      if (x >= scroller.clientWidth) return
      from = { x, y, adds: event.ctrlKey || event.metaKey || event.shiftKey }
    }
    function move(event: PointerEvent): void {
      if (!from) return
      const to = at(event)
      if (!drawing) {
        if (Math.hypot(to.x - from.x, to.y - from.y) < still) return
        drawing = true
        scroller.setPointerCapture(event.pointerId)
        band.began(from.adds)
      }
      const { top, bottom } = scroller.getBoundingClientRect()
      if (event.clientY < top) scroller.scrollTop -= 16
      else if (event.clientY > bottom) scroller.scrollTop += 16
      band.moved(boxOf(from, at(event)))
    }
    function release(): void {
      if (drawing) {
        band.moved(null)
        // The click that ends a band is none.
        scroller.addEventListener('click', swallow, { capture: true, once: true })
        setTimeout(() => scroller.removeEventListener('click', swallow, { capture: true }))
      }
      from = null
      drawing = false
    }
    const swallow = (event: Event): void => event.stopPropagation()
    const hold = (event: Event): void => event.preventDefault()

    scroller.addEventListener('pointerdown', press)
    scroller.addEventListener('pointermove', move)
    scroller.addEventListener('pointerup', release)
    scroller.addEventListener('pointercancel', release)
    // A picture would be dragged away.
    scroller.addEventListener('dragstart', hold)
    return () => {
      scroller.removeEventListener('pointerdown', press)
      scroller.removeEventListener('pointermove', move)
      scroller.removeEventListener('pointerup', release)
      scroller.removeEventListener('pointercancel', release)
      scroller.removeEventListener('dragstart', hold)
    }
  }
}
