/** What a person chose for a list on this screen: kept by the browser, and nothing is lost where it keeps nothing. */
export function readList(name: string): readonly string[] | undefined {
  try {
    const text = localStorage.getItem(name)
    return text === null ? undefined : text.split(',')
  } catch {
    return undefined
  }
}

export function keepList(name: string, list: readonly string[]): void {
  try {
    localStorage.setItem(name, list.join(','))
  } catch {
    // Private windows keep nothing.
  }
}
