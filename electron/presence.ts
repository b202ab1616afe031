import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron'
import { ask } from './client.ts'
import type { Activity, Job } from './jobs.ts'
import type { StudioServer } from './server.ts'
import { texts } from './texts.ts'
import type { TrayIcon } from './tray.ts'

/** Shows in the dock or taskbar and in the tray how far the work is, and keeps the machine awake for it. */
export function showPresence(window: BrowserWindow, tray: TrayIcon): (activity: Activity) => void {
  let blocker: number | undefined
  return ({ busy, fraction }) => {
    if (!window.isDestroyed()) showProgress(window, busy, fraction)
    tray.update(fraction)
    if (busy) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    else if (blocker !== undefined) {
      powerSaveBlocker.stop(blocker)
      blocker = undefined
    }
  }
}

function showProgress(window: BrowserWindow, busy: boolean, fraction: number | null): void {
  if (!busy) window.setProgressBar(-1)
  else if (fraction === null) window.setProgressBar(2, { mode: 'indeterminate' })
  else window.setProgressBar(fraction)
}

/** Tells a person who looks elsewhere that something has ended, unless that isn't wanted. */
export function announceEnds(
  window: BrowserWindow,
  server: StudioServer,
  onClick: (job: Job) => void,
): (job: Job) => void {
  return (job) => {
    const watched = !window.isDestroyed() && window.isVisible() && window.isFocused()
    if (watched || job.state === 'canceled' || !Notification.isSupported()) return
    ask<{ notifications: boolean }>(server, 'GET', '/api/settings')
      .then(({ notifications }) => notifications && notify(job, onClick))
      .catch(() => undefined)
  }
}

function notify(job: Job, onClick: (job: Job) => void): void {
  const body = `${texts.ended[job.state] ?? ''} ${job.error?.message ?? ''}`.trim()
  const notification = new Notification({ title: job.title, body })
  notification.on('click', () => onClick(job))
  notification.show()
}
