/** The server's handle. */

import type { CodeName } from '../errors.js'
import { backend } from '../native.js'
import { checkText, toJson, type Json } from '../value.js'
import { told } from '../view/told.js'
import type { View } from '../view/view.js'
import { asBlobs, asBytes } from './bytes.js'
import type { Edits } from './edits.js'
import type { Durability, FlightStatus, Limits, RoomMetrics, RoomReport, ServerConfig, ServerMetrics } from './options.js'
import type { ServerOutput } from './outputs.js'
import { environment, forget, setWake, watch } from './wakes.js'

/**
 * A server with its rooms: the engine without a transport, for a program that brings its own.
 *
 * In automatic mode it has a clock, a thread and, if it has a directory, one journal per room. In manual mode the program
 * says what time it is, in microseconds, and makes records durable.
 *
 * After a call there may be something to `drain`; the function given to `setWake` says when. Connections are numbers of
 * the program's choice, each used once. Every method throws a `SynclineError`: `Closed` after `close`, `NotFound` for a room
 * that is not open, `Unavailable` while it is being opened, `InvalidArgument` for what is of a wrong type.
 */
export class ServerHandle {
  readonly #number: number

  private constructor(number: number) {
    this.#number = number
    watch(this, () => backend.serverClose(number))
  }

  /**
   * A server in automatic mode. Its rooms lie in this directory, made if it is not there, or live in memory only.
   *
   * @throws {StorageError} `StorageInUse` if another holds the directory.
   */
  static automatic(options: ServerConfig = {}, directory?: string): ServerHandle {
    const checked = directory === undefined ? undefined : checkText(directory, 'directory')
    return new ServerHandle(backend.serverAutomatic(environment, toJson(options), checked))
  }

  /**
   * A server in manual mode. If it is durable, the program keeps the rooms' records: `openRoom`, `persist` and `closeRoom`
   * are its to carry out, in order.
   *
   * @param seed 32 bytes of fresh entropy, or a test's own.
   * @param now Microseconds since an origin of the program's choice.
   */
  static manual(options: ServerConfig, durability: Durability, seed: Uint8Array, now: number): ServerHandle {
    const durable = durability === 'durable'
    return new ServerHandle(backend.serverManual(environment, toJson(options), durable, asBytes(seed, 'seed'), now))
  }

  /**
   * Has a function called when there is something to `drain`: once, until all was drained. It is called by the event loop,
   * does not keep the process alive, and keeps the handle from being collected.
   */
  setWake(callback: (() => void) | undefined): void {
    setWake(this, this.#number, callback, (on) => backend.serverListen(this.#number, on))
  }

  /** Takes all that the program is to do, or is told, in order. */
  drain(): ServerOutput[] {
    return backend.serverOutputs(this.#number)
  }

  /** Says what time it is, in manual mode; time does not go back. */
  setNow(now: number): void {
    backend.serverSetNow(this.#number, now)
  }

  /** When the server wants to hear of the time next, in manual mode. */
  deadline(): number | undefined {
    return backend.serverDeadline(this.#number)
  }

  /** A connection came, under a number never used before with this server. */
  connected(conn: number): void {
    backend.serverConnected(this.#number, conn)
  }

  /** A frame came: the whole of one, of any content. */
  receive(conn: number, frame: Uint8Array | string): void {
    backend.serverReceive(this.#number, conn, asBytes(frame, 'frame'))
  }

  /** All that was transmitted to the connection has left; it can take another frame. */
  writable(conn: number): void {
    backend.serverWritable(this.#number, conn)
  }

  /** The connection is gone. */
  disconnected(conn: number): void {
    backend.serverDisconnected(this.#number, conn)
  }

  /** Answers `authorize`: who it is, and the prefixes of the keys that may be written; `['']` is all, `[]` is none. */
  grant(request: number, principal: string, write: readonly string[]): void {
    const prefixes = write.map((prefix) => checkText(prefix, 'prefix'))
    backend.serverGrant(this.#number, request, checkText(principal, 'principal'), prefixes)
  }

  /** Answers `authorize` with no. */
  deny(request: number, code: CodeName): void {
    backend.serverDeny(this.#number, request, checkText(code, 'code'))
  }

  /** Takes back all that was granted to a principal. */
  revoke(principal: string): void {
    backend.serverRevoke(this.#number, checkText(principal, 'principal'))
  }

  /** Ends as `shutdown` does once all is told that was accepted, or after `withinMs`; nothing more is read. */
  windDown(retryAfterMs: number, withinMs: number): void {
    backend.serverWindDown(this.#number, retryAfterMs, withinMs)
  }

  /** Says good-bye to every connection and closes it; what was accepted still becomes durable. */
  shutdown(retryAfterMs: number): void {
    backend.serverShutdown(this.#number, retryAfterMs)
  }

  /** Opens a room and holds it open, once more if it already does. Gives its number; `opened` or `failed` follows. */
  roomOpen(name: string): number {
    return backend.serverRoomOpen(this.#number, checkText(name, 'name'))
  }

  /** Takes back one `roomOpen`. */
  roomRelease(room: number): void {
    backend.serverRoomRelease(this.#number, room)
  }

  /** Puts everyone out of a room and closes it once what it accepted is durable, whoever holds it. */
  roomUnload(room: number): void {
    backend.serverRoomUnload(this.#number, room)
  }

  /** Puts everyone out of a room, closes it, and forgets what it held. */
  roomDelete(room: number): void {
    backend.serverRoomDelete(this.#number, room)
  }

  /** The number of the room with this name, if it is open or being opened. */
  room(name: string): number | undefined {
    return backend.serverRoom(this.#number, checkText(name, 'name'))
  }

  /** The rooms that are open or being opened: numbers and names, in the order of their names. */
  rooms(): [number, string][] {
    return backend.serverRooms(this.#number)
  }

  /** Writes to a room as the host, above every policy. Gives the number under which `written` or `writeFailed` follows. */
  roomWrite(room: number, edits: Edits): number {
    return backend.serverRoomWrite(this.#number, room, edits)
  }

  /** The durable content of a key and its version. */
  roomGet(room: number, key: string): [number, Json] | undefined {
    return parsed(this.roomGetJson(room, key))
  }

  /** The same with the content as canonical JSON text. */
  roomGetJson(room: number, key: string): [number, string] | undefined {
    return versioned(backend.serverRoomGet(this.#number, room, checkText(key, 'key')))
  }

  /** The newest content of a key, which may not be durable yet, and its version. */
  roomStaged(room: number, key: string): [number, Json] | undefined {
    return parsed(this.roomStagedJson(room, key))
  }

  /** The same with the content as canonical JSON text. */
  roomStagedJson(room: number, key: string): [number, string] | undefined {
    return versioned(backend.serverRoomStaged(this.#number, room, checkText(key, 'key')))
  }

  /** The durable keys with this prefix and what they hold, in the order of keys. */
  roomEntries(room: number, prefix = ''): [string, Json][] {
    return backend.serverRoomEntries(this.#number, room, checkText(prefix, 'prefix'))
  }

  /** The same as the text of one canonical JSON object. */
  roomEntriesJson(room: number, prefix = ''): string {
    return backend.serverRoomEntriesJson(this.#number, room, checkText(prefix, 'prefix'))
  }

  /** What there is to know about a room. */
  roomReport(room: number): RoomReport {
    return backend.serverRoomReport(this.#number, room)
  }

  /** What a room has counted. */
  roomMetrics(room: number): RoomMetrics {
    return JSON.parse(backend.serverRoomMetrics(this.#number, room)) as RoomMetrics
  }

  /** Who is present in a room: numbers, and what they show. */
  roomPresences(room: number): [number, Json][] {
    return backend.serverRoomPresences(this.#number, room)
  }

  /** The durable state of a room as one blob, such as `roomOpened` takes. */
  roomExport(room: number): Uint8Array {
    return backend.serverRoomExport(this.#number, room)
  }

  /** Forgets what is as old as this version: removed keys, and clients that are away. */
  roomExpire(room: number, version: number): void {
    backend.serverRoomExpire(this.#number, room, version)
  }

  /** Ends a room's continuity: another epoch, the same contents. For a host that restored a backup. */
  roomRenew(room: number): void {
    backend.serverRoomRenew(this.#number, room)
  }

  /**
   * Opens another room that a view shows something of, while that is being rendered and before the room is read; returns its
   * number. `opened` or `failed` follows, unless it was open. While somebody watches the view the room stays open, and when
   * it changes, or comes back, the view is asked for again: until it is rendered without that.
   */
  roomOpenForView(room: number, name: string, other: string): number {
    return backend.serverRoomOpenForView(this.#number, room, checkText(name, 'name'), checkText(other, 'other'))
  }

  /** Answers `render`: shows what was rendered of a view of a room, with all that the room held when it was asked. */
  roomShow(room: number, name: string, view: View): void {
    backend.serverRoomShow(this.#number, room, checkText(name, 'name'), view[told]())
  }

  /** Answers `render` with nothing: what was shown last stays. */
  roomKeepView(room: number, name: string): void {
    backend.serverRoomKeepView(this.#number, room, checkText(name, 'name'))
  }

  /** There is no such view of a room, or not any more: whoever watches it is told the code. */
  roomEndView(room: number, name: string, code: CodeName = 'NotFound'): void {
    backend.serverRoomEndView(this.#number, room, checkText(name, 'name'), checkText(code, 'code'))
  }

  /** Asks for a view of a room again, as something else that it shows changed; unless nobody watches it. */
  roomTouchView(room: number, name: string): void {
    backend.serverRoomTouchView(this.#number, room, checkText(name, 'name'))
  }

  /** A fresh identity for a list item. */
  newItem(): string {
    return backend.serverNewItem(this.#number)
  }

  /** Answers `openRoom` with the blobs since the last that replaced all before, in order; none for a room that is new. */
  roomOpened(room: number, blobs: readonly Uint8Array[]): void {
    backend.serverRoomOpened(this.#number, room, asBlobs(blobs))
  }

  /** Answers `openRoom` or `persist`: storage of this room failed. */
  roomFailed(room: number, message: string): void {
    backend.serverRoomFailed(this.#number, room, checkText(message, 'message'))
  }

  /** Answers `persist`: the records of this room up to this one are durable. */
  persisted(room: number, record: number): void {
    backend.serverPersisted(this.#number, room, record)
  }

  /** The limits in force, which clients are told. */
  limits(): Limits {
    return JSON.parse(backend.serverLimits(this.#number)) as Limits
  }

  /** What was counted since the server was made. */
  metrics(): ServerMetrics {
    return JSON.parse(backend.serverMetrics(this.#number)) as ServerMetrics
  }

  /** The same in the Prometheus text format, with these labels on every sample. */
  prometheus(labels: Readonly<Record<string, string>> = {}): string {
    return backend.serverPrometheus(this.#number, toJson(labels))
  }

  /** How far the recording is that the option `flight` asked for. Without that, as in WebAssembly, `undefined`. */
  flight(): FlightStatus | undefined {
    const told = backend.serverFlight(this.#number)
    return told === undefined ? undefined : (JSON.parse(told) as FlightStatus)
  }

  /** Ends the server: what was accepted is durable when this returns. */
  close(): void {
    forget(this, this.#number)
    backend.serverClose(this.#number)
  }
}

function versioned(held: [string, string] | undefined): [number, string] | undefined {
  return held && [Number(held[0]), held[1]]
}

function parsed(held: [number, string] | undefined): [number, Json] | undefined {
  return held && [held[0], JSON.parse(held[1]) as Json]
}
