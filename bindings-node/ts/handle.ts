/**
 * The engine's handles, for a program that brings its own transport.
 *
 * @packageDocumentation
 */

export { ClientHandle } from './handle/client.js'
export { ServerHandle } from './handle/server.js'
export { Edits, type EditOptions, type InsertOptions, type Neighbours } from './handle/edits.js'
export type { ClientOutput, EditRecord, ServerOutput, Sides, Verdict } from './handle/outputs.js'
export type * from './handle/options.js'
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
