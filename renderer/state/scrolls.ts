/**
 * For what may be larger than its place, and holds nothing that takes the focus: while it is, it takes the focus itself,
 * under this name, so that the keyboard scrolls it.
 */
export const scrolls =
  (name: string) =>
  (element: HTMLElement): (() => void) => {
    // A list stays one; a group is no landmark, so that it may be called as the section around it.
    const role = element.tagName === 'UL' ? [] : [['role', 'group'] as const]
    const attributes = [['tabindex', '0'] as const, ['aria-label', name] as const, ...role]
    function look(): void {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element
      const isLarger = scrollWidth > clientWidth || scrollHeight > clientHeight
      // Who is reading keeps the focus.
      const takes = isLarger || document.activeElement === element
      for (const [attribute, value] of attributes) {
        if (takes) element.setAttribute(attribute, value)
        else element.removeAttribute(attribute)
      }
    }
    const sizes = new ResizeObserver(look)
    for (const one of [element, ...element.children]) sizes.observe(one)
    look()
    return () => sizes.disconnect()
  }
