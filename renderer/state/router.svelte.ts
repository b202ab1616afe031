import { mergeQuery, parseRoute, type Route } from '../logic/route.ts'

/** The address bar is the state: views read it here and change it here. */
let href = $state.raw(location.href)
const url = $derived(new URL(href))
const path = $derived(url.pathname)
/** The same object until another view is gone to: a change of the query makes nobody load again what the path names. */
const current = $derived(parseRoute(path))

export const router = {
  get path(): string {
    return path
  },
  get query(): URLSearchParams {
    return url.searchParams
  },
  get route(): Route {
    return current
  },
}

/** One value of the query. */
export const param = (name: string): string | undefined => router.query.get(name) ?? undefined

export function go(address: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  href = location.href
}

/** Changes the query in place. Filters replace (back leaves the view); what opens something adds to the history. */
export function setQuery(
  changes: Readonly<Record<string, string | number | undefined | null>>,
  options: { readonly push?: boolean } = {},
): void {
  const query = mergeQuery(router.query, changes).toString()
  go(query === '' ? router.path : `${router.path}?${query}`, { replace: options.push !== true })
}

/** Links within the studio change the view without reloading the page. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const anchor = (event.target as Element).closest('a')
  if (!anchor || anchor.target !== '' || anchor.hasAttribute('download')) return
  if (anchor.origin !== location.origin || anchor.pathname.startsWith('/api/')) return
  event.preventDefault()
  go(anchor.href)
}

addEventListener('popstate', () => (href = location.href))
