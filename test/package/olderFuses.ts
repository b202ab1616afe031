import { setFuses, fuses, type PackedApp } from '../../electron/packaging/fuses.ts'

/** Electron 22 has seven of the nine. */
export const { GrantFileProtocolExtraPrivileges: _, WasmTrapHandlers: __, ...olderFuses } = fuses

/** In place of electron/packaging/fuses.ts where the older Electron is packed. */
export default (packed: PackedApp): Promise<void> => setFuses(packed, olderFuses)
