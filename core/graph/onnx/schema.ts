import protobuf from 'protobufjs'
import { elementCount } from '../../base/tensor.ts'

/** The part of ONNX's schema that we write: onnx.proto of ONNX 1.16, field numbers as there. */
const schema = `
syntax = "proto3";
package onnx;
message AttributeProto {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; TensorProto t = 5;
  repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
}
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5; string domain = 7;
}
message StringStringEntryProto { string key = 1; string value = 2; }
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; string producer_version = 3; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8; string doc_string = 6;
  repeated StringStringEntryProto metadata_props = 14;
}
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message TensorProto {
  repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
  repeated StringStringEntryProto external_data = 13; int32 data_location = 14;
}
message TensorShapeProto {
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
  oneof value { Tensor tensor_type = 1; }
}
`

const modelProto = protobuf.parse(schema, { keepCase: true }).root.lookupType('onnx.ModelProto')

/** TensorProto.DataType */
export const dataTypes = {
  ...{ float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 },
  ...{ half: 10, double: 11 },
} as const

export interface OnnxAttribute {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly ints?: readonly number[]
}

export interface OnnxNode {
  readonly op_type: string
  readonly domain: string
  readonly name: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly OnnxAttribute[]
}

export interface OnnxTensor {
  readonly name: string
  readonly data_type: number
  readonly dims: readonly number[]
  /** Undefined: the values lie outside, in what a session is given under the tensor's name. */
  readonly raw_data: Uint8Array | undefined
}

export interface OnnxValue {
  readonly name: string
  /** A string is a symbolic dimension. */
  readonly shape: readonly (number | string)[]
  /** TensorProto.DataType; default: float. */
  readonly type?: number
}

export interface OnnxModel {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** metadata_props */
  readonly metadata?: Readonly<Record<string, string>>
  /** Version of the operators; default: 18 (ReduceSum, ReduceMean with axes as inputs). */
  readonly opset?: number
}

/** With ONNX Runtime's own domain where a node uses it. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const usesMicrosoft = model.nodes.some((node) => node.domain === 'com.microsoft')
  return modelProto
    .encode({
      // The version of the format that came with the operators.
      ir_version: (model.opset ?? 18) < 14 ? 7 : 9,
      producer_name: 'VGG Studio',
      opset_import: [
        { domain: '', version: model.opset ?? 18 },
        ...(usesMicrosoft ? [{ domain: 'com.microsoft', version: 1 }] : []),
      ],
      metadata_props: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
      graph: {
        name: model.name,
        node: model.nodes,
        initializer: model.initializers.map(located),
        input: model.inputs.map(valueInfo),
        output: model.outputs.map(valueInfo),
      },
    })
    .finish()
}

/** TensorProto.DataLocation.EXTERNAL */
const outside = 1

function located(tensor: OnnxTensor): object {
  if (tensor.raw_data) return tensor
  return {
    ...tensor,
    data_location: outside,
    external_data: [
      { key: 'location', value: tensor.name },
      { key: 'offset', value: '0' },
      { key: 'length', value: String(elementCount(tensor.dims) * Float32Array.BYTES_PER_ELEMENT) },
    ],
  }
}

function valueInfo({ name, shape, type = dataTypes.float }: OnnxValue): object {
  const dim = shape.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }))
  return { name, type: { tensor_type: { elem_type: type, shape: { dim } } } }
}
