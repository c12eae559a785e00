/** What the handles have on every platform: that of a client, and what it takes and gives. */

export { ClientHandle } from './client.js'
export { Edits, type EditOptions, type InsertOptions, type Neighbours } from './edits.js'
export type { ClientOutput, EditRecord, Sides, Verdict } from './outputs.js'
export type * from './options.js'
export { load } from '../native.js'
export type { EngineSource, WasmModule } from '../source.js'
export { JsonText, type Json } from '../value.js'
export {
  ClosedError,
  InternalError,
  ProtocolError,
  QueueFullError,
  RefusedError,
  StorageError,
  SynclineError,
  ValueRefusedError,
  codes,
  type CodeName,
} from '../errors.js'
