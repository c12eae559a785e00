/**
 * The client's handle in browsers, for a program that brings its own transport and storage; after `await load()`.
 *
 * @packageDocumentation
 */

export { ClientHandle } from './handle/client.js'
export { Edits, type EditOptions, type InsertOptions, type Neighbours } from './handle/edits.js'
export type { ClientOutput, EditRecord, Sides, Verdict } from './handle/outputs.js'
export type * from './handle/options.js'
export { load } from './native.browser.js'
export type { EngineSource } from './wasm/load.js'
export { JsonText, type Json } from './value.js'
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
} from './errors.js'
