import { escapeHtml } from '../../base/html.ts'

/** Pages without scripts, for before there is a session. They navigate by themselves: from another site's link the
 * strict cookie would not be sent along, from this page it is. */

export function landingPage(): string {
  return page('VGG Studio', '<meta http-equiv="refresh" content="0; url=/">', '<p>Opening VGG Studio…</p>')
}

export function refusalPage(message: string, hint: string | undefined): string {
  return page(
    'VGG Studio',
    '',
    `<h1>VGG Studio</h1><p>${escapeHtml(message)}</p><p>${escapeHtml(hint ?? '')}</p>`,
  )
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>`
}
