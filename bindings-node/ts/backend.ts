/**
 * What the classes of `handle.ts` ask of the engine, whatever it is compiled to.
 *
 * Handles, rooms and counters are numbers, times microseconds, values scalars or JSON text. A function throws the code's
 * name as `code`, and what was expected and what came as a JSON array in `message`.
 *
 * @internal
 */

import type { Edits } from './handle/edits.js'
import type { RoomReport } from './handle/options.js'
import type { ClientOutput, ServerOutput } from './handle/outputs.js'
import type { Json, Told } from './value.js'

/** The functions of the engine. @internal */
export interface Backend extends ClientBackend, ServerBackend {
  /** The version of the package that it belongs to. */
  version(): string
  /** Begins its use; `wake` is called with the number of a handle that has something to drain. */
  start(wake: (handle: number) => void): number
}

/** Those of clients. @internal */
export interface ClientBackend {
  clientAutomatic(env: number, config: string, path: string | undefined): number
  clientManual(env: number, config: string, seed: Uint8Array, blobs: readonly Uint8Array[], now: number): number
  clientListen(client: number, on: boolean): void
  clientClose(client: number): number
  /** Takes all that there is. */
  clientOutputs(client: number): ClientOutput[]
  clientNow(client: number): number
  clientSetNow(client: number, now: number): void
  clientDeadline(client: number): number | undefined
  clientPersisted(client: number, record: number): void
  clientPersistFailed(client: number, message: string): void
  /** The code's name, what was expected, what came. */
  clientAskStored(client: number): number
  clientStorageError(client: number): [string, string, string] | null | undefined
  clientConnected(client: number, token: string): void
  clientReceive(client: number, frame: Uint8Array): void
  clientDisconnected(client: number): void
  clientSetToken(client: number, token: string): void
  clientReconnect(client: number): void
  clientOpen(client: number, name: string, writes: boolean): number
  clientCloseRoom(client: number, room: number): void
  clientForgetRoom(client: number, room: number): void
  clientRoom(client: number, name: string): number | undefined
  clientRoomName(client: number, room: number): string | undefined
  clientFlush(client: number): void
  clientSetNumber(client: number, room: number, key: string, value: number): number
  clientSetText(client: number, room: number, key: string, value: string): number
  clientSet(client: number, room: number, key: string, json: string): number
  clientMerge(client: number, room: number, key: string, json: string): number
  clientAdd(client: number, room: number, key: string, json: string): number
  clientDelete(client: number, room: number, key: string): number
  clientInsert(client: number, room: number, key: string, index: number, json: string): number
  clientRemove(client: number, room: number, key: string, index: number): number
  clientMove(client: number, room: number, key: string, from: number, to: number): number
  clientReplace(client: number, room: number, key: string, index: number, json: string): number
  clientBatch(client: number, room: number, edits: Edits): number
  clientResolve(client: number, room: number, draft: number, resolution: string, json: string | undefined): number | undefined
  clientNewItem(client: number): string
  clientSetPresence(client: number, room: number, json: string | undefined): void
  clientPresences(client: number, room: number): [number, Json][]
  clientPresenceOwn(client: number, room: number): Told
  clientPresenceMe(client: number, room: number): number | undefined
  clientGet(client: number, room: number, key: string): Told
  clientConfirmedGet(client: number, room: number, key: string): Told
  clientGetJson(client: number, room: number, key: string): string | undefined
  clientItems(client: number, room: number, key: string): [string, Json][] | undefined
  clientEntries(client: number, room: number, prefix: string): [string, Json][]
  clientEntriesJson(client: number, room: number, prefix: string): string
  clientKeys(client: number, room: number, prefix: string): string
  clientVersion(client: number, room: number): number | undefined
  clientEpoch(client: number, room: number): string | undefined
  clientDurability(client: number, room: number): string | undefined
  clientReady(client: number, room: number): boolean
  clientDenied(client: number, room: number): string | undefined
  clientPending(client: number, room: number): number
  clientPendingTotal(client: number): number
  /** The name and, after a space, the time if there is one. */
  clientStatus(client: number, room: number): string | undefined
  clientOverallStatus(client: number): string
  clientLimits(client: number): string
  clientMetrics(client: number): string
  clientPrometheus(client: number, labels: string): string
  clientFlight(client: number): string | undefined
}

/** Those of servers. @internal */
export interface ServerBackend {
  serverAutomatic(env: number, options: string, directory: string | undefined): number
  serverManual(env: number, options: string, durable: boolean, seed: Uint8Array, now: number): number
  serverListen(server: number, on: boolean): void
  serverClose(server: number): void
  /** Takes all that there is. */
  serverOutputs(server: number): ServerOutput[]
  serverSetNow(server: number, now: number): void
  serverDeadline(server: number): number | undefined
  serverConnected(server: number, conn: number): void
  serverReceive(server: number, conn: number, frame: Uint8Array): void
  serverWritable(server: number, conn: number): void
  serverDisconnected(server: number, conn: number): void
  serverGrant(server: number, request: number, principal: string, write: readonly string[]): void
  serverDeny(server: number, request: number, code: string): void
  serverRevoke(server: number, principal: string): void
  serverWindDown(server: number, retryAfterMs: number, withinMs: number): void
  serverShutdown(server: number, retryAfterMs: number): void
  serverLimits(server: number): string
  serverMetrics(server: number): string
  serverPrometheus(server: number, labels: string): string
  serverFlight(server: number): string | undefined
  serverRoomOpened(server: number, room: number, blobs: readonly Uint8Array[]): void
  serverRoomFailed(server: number, room: number, message: string): void
  serverPersisted(server: number, room: number, record: number): void
  serverRoomOpen(server: number, name: string): number
  serverRoomRelease(server: number, room: number): void
  serverRoomUnload(server: number, room: number): void
  serverRoomDelete(server: number, room: number): void
  serverRoom(server: number, name: string): number | undefined
  serverRooms(server: number): [number, string][]
  serverRoomWrite(server: number, room: number, edits: Edits): number
  /** The version and the JSON text. */
  serverRoomGet(server: number, room: number, key: string): [string, string] | undefined
  serverRoomStaged(server: number, room: number, key: string): [string, string] | undefined
  serverRoomEntries(server: number, room: number, prefix: string): [string, Json][]
  serverRoomEntriesJson(server: number, room: number, prefix: string): string
  serverRoomReport(server: number, room: number): RoomReport
  serverRoomMetrics(server: number, room: number): string
  serverRoomPresences(server: number, room: number): [number, Json][]
  serverRoomExport(server: number, room: number): Uint8Array
  serverRoomExpire(server: number, room: number, version: number): void
  serverRoomRenew(server: number, room: number): void
  serverNewItem(server: number): string
}
