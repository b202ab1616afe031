import { shrunkNetworks } from '../engine/architectures.ts'

/** Every architecture, shrunk, for architectures.py: a JSON object by name on standard output. */
console.log(JSON.stringify(shrunkNetworks()))
