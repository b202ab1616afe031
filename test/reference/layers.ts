import { describedNetworks } from '../network/describedNetworks.ts'

/** Networks whose layers are described, for layers.py: a JSON object by name on standard output. */
console.log(JSON.stringify(describedNetworks()))
