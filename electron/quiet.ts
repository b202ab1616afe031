import { app, session } from 'electron'
import { hasPublisher } from './updates.ts'

/**
 * Chromium asks the network for nothing of its own: no name is looked up, and no dictionary for checking spelling is
 * fetched. Before the application is ready. Builds with a publisher look up where versions come from.
 */
export function askNobody(): void {
  if (!hasPublisher()) app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND')
  // A window that checks no spelling does not keep the session from fetching what would check it; a list of no languages does.
  void app.whenReady().then(() => session.defaultSession.setSpellCheckerLanguages([]))
}
