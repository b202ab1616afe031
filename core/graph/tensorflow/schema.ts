import protobuf from 'protobufjs'

/** The part of TensorFlow's schema that we write: saved_model.proto and what it includes, field numbers as there. */
const schema = `
syntax = "proto3";
package tensorflow;
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; repeated bytes string_val = 8;
}
message AttrValue {
  message ListValue { repeated int64 i = 3; repeated int32 type = 6; }
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
message SaverDef {
  string filename_tensor_name = 1; string save_tensor_name = 2; string restore_op_name = 3; int32 max_to_keep = 4;
  bool sharded = 5; int32 version = 7;
}
message MetaGraphDef {
  message MetaInfoDef { repeated string tags = 4; }
  MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; SaverDef saver_def = 3;
  map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`

const savedModel = protobuf.parse(schema, { keepCase: true }).root.lookupType('tensorflow.SavedModel')

/** types.proto's DataType */
export const dataTypes = { float: 1, int32: 3, string: 7, bool: 10, bfloat16: 14, resource: 20 } as const
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

/** Nodes that fill the variables from files. */
export interface Saver {
  readonly filename: string
  readonly save: string
  readonly restore: string
}

/** The content of `saved_model.pb`. @param saver where variables lie in files beside it */
export function encodeSavedModel(
  nodes: readonly TensorflowNode[],
  signatures: Signatures,
  saver?: Saver,
): Uint8Array {
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
  const saver_def = saver && {
    ...{ filename_tensor_name: `${saver.filename}:0`, save_tensor_name: `${saver.save}:0` },
    // 2: the format of the files.
    ...{ restore_op_name: saver.restore, max_to_keep: 5, sharded: true, version: 2 },
  }
  const meta = {
    meta_info_def: { tags: [servingTag] },
    ...{ graph_def, signature_def },
    ...(saver_def && { saver_def }),
  }
  return savedModel.encode({ saved_model_schema_version: 1, meta_graphs: [meta] }).finish()
}

interface DecodedInfo {
  readonly name: string
  readonly dtype: number
  readonly tensor_shape?: { readonly dim: readonly { readonly size: number }[] }
}

interface DecodedSavedModel {
  readonly meta_graphs: readonly {
    readonly graph_def: { readonly node: readonly TensorflowNode[] }
    readonly signature_def: Readonly<
      Record<string, Record<'inputs' | 'outputs', Record<string, DecodedInfo>>>
    >
  }[]
}

/** The graph in such a content, and the way to run it that servers take. */
export function decodeSavedModel(bytes: Uint8Array): {
  readonly nodes: readonly TensorflowNode[]
  readonly signature: Signature
} {
  const options = { longs: Number, arrays: true, objects: true }
  const decoded = savedModel.toObject(savedModel.decode(bytes), options) as unknown as DecodedSavedModel
  const { graph_def, signature_def } = decoded.meta_graphs[0]!
  const endpoint = ({ name, dtype, tensor_shape }: DecodedInfo): Endpoint => ({
    ...{ tensor: name, type: typeNames.get(dtype)! },
    shape: tensor_shape?.dim.map(({ size }) => size) ?? null,
  })
  const { inputs, outputs } = signature_def['serving_default']!
  const signature = { inputs: mapValues(inputs, endpoint), outputs: mapValues(outputs, endpoint) }
  return { nodes: graph_def.node.map((node) => ({ ...node, device: '' })), signature }
}

export function shapeProto(shape: TensorflowShape): object {
  return shape ? { dim: shape.map((size) => ({ size })) } : { unknown_rank: true }
}

function tensorInfo({ tensor, type, shape }: Endpoint): object {
  return {
    name: tensor.includes(':') ? tensor : `${tensor}:0`,
    dtype: dataTypes[type],
    tensor_shape: shapeProto(shape),
  }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
