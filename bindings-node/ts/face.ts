/** What the package has on every platform: clients, and what they tell. */

export type { Batch } from './batch.js'
export type { Change, Changes, ChangesOptions } from './changes.js'
export { Client, connect, type FlushOptions } from './client.js'
export type { Edit } from './edit.js'
export {
  ClosedError,
  type CodeName,
  codes,
  InternalError,
  ProtocolError,
  QueueFullError,
  RefusedError,
  StorageError,
  SynclineError,
  ValueRefusedError,
} from './errors.js'
export type {
  ClientEvents,
  ConflictEvent,
  DeniedEvent,
  FailedEvent,
  OfRoom,
  RefusedEvent,
  ResumedEvent,
  RoomEvents,
  UnknownEvent,
  VerdictEvent,
} from './events.js'
export type { EditRecord, Json, Status } from './handle/face.js'
export type { Listener, ListenOptions } from './listeners.js'
export type { LogHook, LogLevel, LogRecord } from './log.js'
export { load } from './native.js'
export type { ConnectOptions } from './options.js'
export type { Presence } from './presence.js'
export { type Conflict, KEEP_MINE, KEEP_THEIRS, type Resolution, type Resolver, type ResolverFunction, type Resolvers } from './resolvers.js'
export type { Room, RoomOptions } from './room.js'
export type { EngineSource, WasmModule } from './source.js'
export type { Storable } from './storable.js'
export type { TokenSource } from './transport/link.js'
export type { StandardSocket, StandardSocketClass } from './transport/shape.js'
export type { Applied, Refused, Unknown, Verdict } from './verdict.js'
