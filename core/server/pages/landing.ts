import { escapeHtml } from '../../base/html.ts'
import type { Settings } from '../api/types.ts'

type Theme = Settings['theme']

/** Pages without scripts, for before there is a session. They navigate by themselves: from another site's link the
 * strict cookie would not be sent along, from this page it is. */

export function landingPage(theme: Theme): string {
  const next = '<meta http-equiv="refresh" content="0; url=/">'
  return page({ theme, head: next, body: '<p>Opening VGG Studio…</p>' })
}

export function refusalPage(message: string, hint: string | undefined, theme: Theme): string {
  const body = `<h1>VGG Studio</h1><p>${escapeHtml(message)}</p><p>${escapeHtml(hint ?? '')}</p>`
  return page({ theme, head: '', body })
}

interface PageParts {
  readonly theme: Theme
  readonly head: string
  readonly body: string
}

function page({ theme, head, body }: PageParts): string {
  const colors = theme === 'system' ? 'light dark' : theme
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="${colors}"><title>VGG Studio</title>${head}</head><body>${body}</body></html>`
}
