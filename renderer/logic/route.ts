/** Addresses: which view, of what. What is selected and filtered in it stands in the query. */
export type Route =
  | { readonly view: 'data' }
  | { readonly view: 'dataset'; readonly dataset: string }
  | { readonly view: 'runs' }
  | { readonly view: 'plans' }
  | { readonly view: 'new-run' }
  | { readonly view: 'run'; readonly run: string }
  | { readonly view: 'plan'; readonly plan: string }
  | { readonly view: 'evaluation'; readonly evaluation: string }
  | { readonly view: 'ensemble'; readonly ensemble: string }
  | { readonly view: 'export'; readonly export: string }
  | { readonly view: 'compare' }
  | { readonly view: 'tables' }
  | { readonly view: 'complexity' }
  | { readonly view: 'network' }
  | { readonly view: 'try' }
  | { readonly view: 'queue' }
  | { readonly view: 'settings' }
  | { readonly view: 'not-found' }

export function parseRoute(path: string): Route {
  const [first = '', second, ...rest] = path.split('/').filter((part) => part !== '')
  if (rest.length > 0) return { view: 'not-found' }
  if (second === undefined) return topLevel(first)
  if (first === 'data' && /^d\d+$/.test(second)) return { view: 'dataset', dataset: second }
  if (first === 'runs' && second === 'new') return { view: 'new-run' }
  if (first === 'runs' && /^r\d+$/.test(second)) return { view: 'run', run: second }
  if (first === 'plans' && /^p\d+$/.test(second)) return { view: 'plan', plan: second }
  if (first === 'evaluations' && /^e\d+$/.test(second)) return { view: 'evaluation', evaluation: second }
  if (first === 'ensembles' && /^m\d+$/.test(second)) return { view: 'ensemble', ensemble: second }
  if (first === 'exports' && /^x\d+$/.test(second)) return { view: 'export', export: second }
  return { view: 'not-found' }
}

function topLevel(name: string): Route {
  if (name === '' || name === 'data') return { view: 'data' }
  const views = [
    'runs',
    'plans',
    'compare',
    'tables',
    'complexity',
    'network',
    'try',
    'queue',
    'settings',
  ] as const
  const found = views.find((view) => view === name)
  if (found) return { view: found }
  return { view: 'not-found' }
}

type Query = Readonly<Record<string, string | number | undefined | null>>

/** `link('/runs', {search: 'a b'})` → `/runs?search=a+b`; empty values are left out. */
export function link(path: string, query: Query = {}): string {
  const text = mergeQuery(new URLSearchParams(), query).toString()
  return text === '' ? path : `${path}?${text}`
}

/** The query with some values replaced; empty ones are taken out. */
export function mergeQuery(query: URLSearchParams, changes: Query): URLSearchParams {
  const merged = new URLSearchParams(query)
  for (const [key, value] of Object.entries(changes)) {
    if (value == null || value === '') merged.delete(key)
    else merged.set(key, String(value))
  }
  return merged
}
