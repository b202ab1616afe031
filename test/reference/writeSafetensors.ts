import { writeSafetensors } from '../../core/weights/safetensors.ts'
import { ourMetadata, ourTensors } from '../weights/ours.ts'

// For safetensorsFiles.py: node test/reference/writeSafetensors.ts FILE
await writeSafetensors(process.argv[2]!, ourTensors, ourMetadata)
