import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { describeConformance } from './conformance.ts'

describeConformance(onnxruntimeEngine, { device: 'cpu', threads: 2 })
