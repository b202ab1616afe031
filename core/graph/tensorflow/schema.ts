import protobuf from 'protobufjs'

/** The part of TensorFlow's schema that we write: saved_model.proto and what it includes, field numbers as there. */
const schema = `
syntax = "proto3";
package tensorflow;
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
message AttrValue {
  message ListValue { repeated int64 i = 3; }
  oneof value {
    ListValue list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6;
    TensorShapeProto shape = 7; TensorProto tensor = 8;
  }
}
message NodeDef {
  string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5;
}
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message SignatureDef {
  map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3;
}
message MetaGraphDef {
  message MetaInfoDef { repeated string tags = 4; }
  MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`

const savedModel = protobuf.parse(schema, { keepCase: true }).root.lookupType('tensorflow.SavedModel')

/** types.proto's DataType */
export const dataTypes = { float: 1, int32: 3, bool: 10, bfloat16: 14, resource: 20 } as const
export type DataType = keyof typeof dataTypes
/** Their names, by number. */
export const typeNames: ReadonlyMap<number, DataType> = new Map(
  Object.entries(dataTypes).map(([name, number]) => [number, name as DataType]),
)

/** The tag under which the graph is found in the SavedModel. */
export const servingTag = 'serve'

/** −1: known at run time; null in place of a shape: not even the number of dimensions is known. */
export type TensorflowShape = readonly number[] | null

export interface TensorflowNode {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly device: string
  readonly attr: Readonly<Record<string, object>>
}

/** One tensor that goes into or comes out of a run. */
export interface Endpoint {
  /** Name of the tensor in the graph: `node:output`. */
  readonly tensor: string
  readonly type: DataType
  readonly shape: TensorflowShape
}

/** One way to run the graph. */
export interface Signature {
  readonly inputs: Readonly<Record<string, Endpoint>>
  readonly outputs: Readonly<Record<string, Endpoint>>
}
export type Signatures = Readonly<Record<string, Signature>>

/** GraphDef's version in 2022, about TensorFlow 2.9: what tfjs-node's own installer brings, and all newer ones, read it. */
const producer = 1087

/** The content of `saved_model.pb`. */
export function encodeSavedModel(nodes: readonly TensorflowNode[], signatures: Signatures): Uint8Array {
  const signature_def = Object.fromEntries(
    Object.entries(signatures).map(([name, { inputs, outputs }]) => [
      name,
      {
        inputs: mapValues(inputs, tensorInfo),
        outputs: mapValues(outputs, tensorInfo),
        method_name: 'tensorflow/serving/predict',
      },
    ]),
  )
  const graph_def = { node: nodes, versions: { producer, min_consumer: 0 } }
  const meta = { meta_info_def: { tags: [servingTag] }, graph_def, signature_def }
  return savedModel.encode({ saved_model_schema_version: 1, meta_graphs: [meta] }).finish()
}

export function shapeProto(shape: TensorflowShape): object {
  return shape ? { dim: shape.map((size) => ({ size })) } : { unknown_rank: true }
}

function tensorInfo({ tensor, type, shape }: Endpoint): object {
  return { name: tensor, dtype: dataTypes[type], tensor_shape: shapeProto(shape) }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
