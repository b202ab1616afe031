import type { Caller } from '../access/types.ts'
import type { ComputeTarget, ObservedSpeed } from '../../engine/selection/speeds.ts'
import type { ExecutionRequest } from '../../engine/types.ts'
import type { EnginesState } from '../../jobs/tasks/engines.ts'
import type { ImportInput } from '../../jobs/import.ts'
import type { Diagnostics } from '../../queries/diagnostics.ts'
import type { Shown } from '../../messages/shown.ts'
import type {
  ChosenFolder,
  DeviceList,
  FolderListing,
  Sample,
  Settings,
  StorageUse,
  SystemInfo,
} from '../api/types.ts'
import type { SettingsChange } from './settings.ts'
import type { KnownDevice } from './remembered.ts'

export interface Machine {
  system(caller: Caller): Promise<SystemInfo>
  devices(): Promise<DeviceList>
  /**
   * The device that is as asked; where that leaves several, the preferred one of those that can.
   * @throws StudioError `unknown-device`
   */
  deviceFor(asked: Partial<ExecutionRequest>, can?: (device: KnownDevice) => boolean): KnownDevice
  /** All that is as asked and can, in each precision; deviceFor's where nothing does. @throws StudioError `unknown-device` */
  targetsFor(
    asked: Partial<ExecutionRequest>,
    can?: (device: KnownDevice) => boolean,
  ): readonly { readonly device: KnownDevice; readonly target: ComputeTarget }[]
  /** What this machine has shown while training; empty where nothing is known yet. */
  speeds(): readonly ObservedSpeed[]
  /**
   * Begins to measure all devices in all their precisions, unless it is at it; `devices` tells how far it is.
   * @throws StudioError `device-busy`
   */
  measure(): Promise<void>
  /** What can be installed, and what of it is. */
  engines(): Promise<Shown<EnginesState>>
  /** Something was installed or removed: looks for devices again, and tells windows. */
  enginesChanged(): void
  settings(): Settings
  change(changes: SettingsChange): Promise<Settings>
  storage(): Promise<StorageUse>
  diagnostics(): Promise<Diagnostics>
  emptyCache(): Promise<StorageUse>
}

export interface Samples {
  list(): Promise<readonly Sample[]>
  /** @throws StudioError `not-found` */
  input(sample: string): Promise<ImportInput>
}

/** Where in the file system windows may go. */
export interface Folders {
  /** Without a path: the roots. @throws StudioError `outside` */
  list(path: string | undefined): Promise<FolderListing>
  /** Remembers that the person chose a folder. @throws StudioError `outside`, `not-a-folder` */
  choose(path: string, caller: Caller): Promise<ChosenFolder>
  /**
   * The absolute path, links resolved, of a folder that was chosen, lies in one that was, or is that of a data set.
   * An owner may name any. @throws StudioError `outside`, `not-a-folder`
   */
  chosen(path: string, caller: Caller): Promise<string>
  /**
   * The folders that a caller may name, where it is bound to them: paths in a CSV file that lead elsewhere are not
   * followed for it. Undefined for the command line and the application's own window, which are the person.
   */
  within(caller: Caller): readonly string[] | undefined
}

export interface Links {
  /** A link that lets one browser in, once. @throws StudioError `no-browser` where the server has no address for it */
  create(): string
}
