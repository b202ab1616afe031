import { app, session, type WebContents } from 'electron'
import { isOurs } from './origin.ts'

/** A page that was led astray must not lead anywhere: no other pages, no new windows, no permissions. */
export function denyTheRest(): void {
  app.on('web-contents-created', (_, contents) => confine(contents))
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_, __, callback) => callback(false))
  // Copying text that the person asked to copy is no power over anything.
  defaultSession.setPermissionCheckHandler(
    (_, permission, requester) => permission === 'clipboard-sanitized-write' && isOurs(requester),
  )
  defaultSession.setDevicePermissionHandler(() => false)
}

function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-navigate', (event) => {
    if (!isOurs(event.url)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!isOurs(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
}
