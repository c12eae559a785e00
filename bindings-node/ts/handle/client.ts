/** The client's handle. */

import { errorOf, type CodeName, type SynclineError } from '../errors.js'
import { backend } from '../native.js'
import { checkText, fromTold, toJson, type Json } from '../value.js'
import { asBlobs, asBytes } from './bytes.js'
import type { Edits } from './edits.js'
import type { ClientConfig, ClientReport, Durability, FlightStatus, Limits, RoomStatus, Status } from './options.js'
import type { ClientOutput } from './outputs.js'
import { environment, forget, setWake, watch } from './wakes.js'

/** Under which number the backend knows a handle, of either kind of module. @internal */
export const number: unique symbol = Symbol.for('syncline.number')

/**
 * A client: the engine's edits, rooms and storage without a transport, for a program that brings its own.
 *
 * In automatic mode it has a clock, a thread and, if it has a path, a journal. In manual mode the program says what time it
 * is, in microseconds, and makes records durable.
 *
 * After a call there may be something to `drain`; the function given to `setWake` says when. Rooms, drafts, versions and
 * records are numbers; epochs and items are hexadecimal digits. Every method throws a `SynclineError`: `Closed` after
 * `close`, `InvalidArgument` for what is of a wrong type.
 */
export class ClientHandle {
  readonly #number: number

  /** @internal */
  protected constructor(number: number) {
    this.#number = number
    watch(this, () => backend.clientClose(number))
  }

  /** Under which number the backend knows it. @internal */
  get [number](): number {
    return this.#number
  }

  /**
   * A client in automatic mode, with its records in the journal at this path, or without any.
   *
   * @throws {StorageError} `StorageInUse` if another holds the journal, `StorageCorrupt` if it is damaged.
   */
  static automatic(config: ClientConfig = {}, path?: string): ClientHandle {
    const checked = path === undefined ? undefined : checkText(path, 'path')
    return new ClientHandle(backend.clientAutomatic(environment, toJson(config), checked))
  }

  /**
   * A client in manual mode, with the blobs since its last that replaced all before, in order.
   *
   * @param seed 32 bytes of fresh entropy, or a test's own.
   * @param now Microseconds since an origin of the program's choice.
   * @throws {StorageError} `StorageCorrupt` if the blobs are not what a client wrote.
   */
  static manual(config: ClientConfig, seed: Uint8Array, blobs: readonly Uint8Array[], now: number): ClientHandle {
    return new ClientHandle(ClientHandle.made(config, seed, blobs, now))
  }

  /** The number of a handle in manual mode. @internal */
  protected static made(config: ClientConfig, seed: Uint8Array, blobs: readonly Uint8Array[], now: number): number {
    return backend.clientManual(environment, toJson(config), asBytes(seed, 'seed'), asBlobs(blobs), now)
  }

  /**
   * Has a function called when there is something to `drain`: once, until all was drained. It is called by the event loop,
   * does not keep the process alive, and keeps the handle from being collected.
   */
  setWake(callback: (() => void) | undefined): void {
    setWake(this, this.#number, callback, (on) => backend.clientListen(this.#number, on))
  }

  /** Takes all that the program is to do, or is told, in order. */
  drain(): ClientOutput[] {
    return backend.clientOutputs(this.#number)
  }

  /** What time it is for this client, in microseconds since its origin. */
  now(): number {
    return backend.clientNow(this.#number)
  }

  /** Says what time it is, in manual mode; time does not go back. */
  setNow(now: number): void {
    backend.clientSetNow(this.#number, now)
  }

  /** When the client wants to hear of the time next, in manual mode. */
  deadline(): number | undefined {
    return backend.clientDeadline(this.#number)
  }

  /** Answers `persist`: the records up to this one are durable. */
  persisted(record: number): void {
    backend.clientPersisted(this.#number, record)
  }

  /** Answers `persist`: storage failed. */
  persistFailed(message: string): void {
    backend.clientPersistFailed(this.#number, checkText(message, 'message'))
  }

  /**
   * Asks to be told once every edit made so far is durable, by the output `stored` with this mark or a later one. Throws
   * `WrongMode` on a client that stores nothing, `Poisoned` after storage has failed.
   */
  askStored(): number {
    return backend.clientAskStored(this.#number)
  }

  /** Why storage failed, if it did. */
  storageError(): SynclineError | undefined {
    const story = backend.clientStorageError(this.#number) ?? undefined
    return story && errorOf(story[0] as CodeName, story[1], story[2])
  }

  /** The connection that was asked for is open; the token says who the client is. */
  connected(token: string): void {
    backend.clientConnected(this.#number, checkText(token, 'token'))
  }

  /** A frame came over the connection: the whole of one, of any content. */
  receive(frame: Uint8Array | string): void {
    backend.clientReceive(this.#number, asBytes(frame, 'frame'))
  }

  /** The connection has ended, or could not be opened. */
  disconnected(): void {
    backend.clientDisconnected(this.#number)
  }

  /** A newer token. */
  setToken(token: string): void {
    backend.clientSetToken(this.#number, checkText(token, 'token'))
  }

  /** Tries again now what waits out a pause after a failure. */
  reconnect(): void {
    backend.clientReconnect(this.#number)
  }

  /** Opens a room, and says whether it is also to be written. Gives its number. */
  open(name: string, writes = true): number {
    return backend.clientOpen(this.#number, checkText(name, 'name'), writes)
  }

  /** Leaves a room; what is known of it stays until it is opened again. */
  closeRoom(room: number): void {
    backend.clientCloseRoom(this.#number, room)
  }

  /** Leaves a room and forgets all that is known of it; its edits without a verdict become `unknown`. */
  forgetRoom(room: number): void {
    backend.clientForgetRoom(this.#number, room)
  }

  /** Sets a key. Gives the number of the mutation, under which its verdict is told; so do the other edits. */
  set(room: number, key: string, value: Json): number {
    checkText(key, 'key')
    if (typeof value === 'number') return backend.clientSetNumber(this.#number, room, key, value)
    if (typeof value === 'string') return backend.clientSetText(this.#number, room, key, checkText(value, 'text'))
    return backend.clientSet(this.#number, room, key, toJson(value))
  }

  /** Applies a merge patch (RFC 7396) to the object under a key. */
  merge(room: number, key: string, patch: Json): number {
    return backend.clientMerge(this.#number, room, checkText(key, 'key'), toJson(patch))
  }

  /** Adds to the number under a key; without a value there it counts as 0. */
  add(room: number, key: string, amount: Json): number {
    return backend.clientAdd(this.#number, room, checkText(key, 'key'), toJson(amount))
  }

  /** Removes a key. */
  delete(room: number, key: string): number {
    return backend.clientDelete(this.#number, room, checkText(key, 'key'))
  }

  /** Puts a value into a list, before the one at this place or at the end. */
  insert(room: number, key: string, index: number, value: Json): number {
    return backend.clientInsert(this.#number, room, checkText(key, 'key'), index, toJson(value))
  }

  /** Takes the value at this place out of a list. */
  remove(room: number, key: string, index: number): number {
    return backend.clientRemove(this.#number, room, checkText(key, 'key'), index)
  }

  /** Moves a value within a list; `to` is its place afterwards. */
  move(room: number, key: string, from: number, to: number): number {
    return backend.clientMove(this.#number, room, checkText(key, 'key'), from, to)
  }

  /** Gives the list item at this place another value. */
  replace(room: number, key: string, index: number, value: Json): number {
    return backend.clientReplace(this.#number, room, checkText(key, 'key'), index, toJson(value))
  }

  /** Makes several edits one mutation. */
  batch(room: number, edits: Edits): number {
    return backend.clientBatch(this.#number, room, edits)
  }

  /** Answers a `conflict`. Gives the number of the mutation that is made, if one is. */
  resolve(room: number, draft: number, resolution: { keep: 'mine' | 'theirs' } | { value: Json }): number | undefined {
    return 'value' in resolution
      ? backend.clientResolve(this.#number, room, draft, 'value', toJson(resolution.value))
      : backend.clientResolve(this.#number, room, draft, checkText(resolution.keep, 'keep'), undefined)
  }

  /** A fresh identity for a list item. */
  newItem(): string {
    return backend.clientNewItem(this.#number)
  }

  /** Sends what waits for its burst to end, without waiting. */
  flush(): void {
    backend.clientFlush(this.#number)
  }

  /** Changes what this client shows of itself in a room, by a merge patch (RFC 7396). */
  setPresence(room: number, patch: Json): void {
    backend.clientSetPresence(this.#number, room, toJson(patch))
  }

  /** Shows nothing of this client in a room any more. */
  clearPresence(room: number): void {
    backend.clientSetPresence(this.#number, room, undefined)
  }

  /** The other participants of a room: numbers, and what they show. */
  presences(room: number): [number, Json][] {
    return backend.clientPresences(this.#number, room)
  }

  /** What this client shows of itself in a room. */
  presenceOwn(room: number): Json | undefined {
    return fromTold(backend.clientPresenceOwn(this.#number, room))
  }

  /** The participant that this client is in a room, while it is joined. */
  presenceMe(room: number): number | undefined {
    return backend.clientPresenceMe(this.#number, room)
  }

  /** What a key shows: what is confirmed with pending edits on top. */
  get(room: number, key: string): Json | undefined {
    return fromTold(backend.clientGet(this.#number, room, checkText(key, 'key')))
  }

  /** What the server has confirmed of a key. */
  confirmedGet(room: number, key: string): Json | undefined {
    return fromTold(backend.clientConfirmedGet(this.#number, room, checkText(key, 'key')))
  }

  /** What a key shows, as canonical JSON text. */
  getJson(room: number, key: string): string | undefined {
    return backend.clientGetJson(this.#number, room, checkText(key, 'key'))
  }

  /** The items of the list that a key shows: identities and values. */
  items(room: number, key: string): [string, Json][] | undefined {
    return backend.clientItems(this.#number, room, checkText(key, 'key'))
  }

  /** The keys with this prefix and what they show, in the order of keys. */
  entries(room: number, prefix = ''): [string, Json][] {
    return backend.clientEntries(this.#number, room, checkText(prefix, 'prefix'))
  }

  /** The same as the text of one canonical JSON object. */
  entriesJson(room: number, prefix = ''): string {
    return backend.clientEntriesJson(this.#number, room, checkText(prefix, 'prefix'))
  }

  /** The keys with this prefix that show a value, in order. */
  keys(room: number, prefix = ''): string[] {
    return JSON.parse(backend.clientKeys(this.#number, room, checkText(prefix, 'prefix'))) as string[]
  }

  /** The version up to which a room's state is confirmed here. */
  version(room: number): number | undefined {
    return backend.clientVersion(this.#number, room)
  }

  /** The epoch of a room's confirmed state. */
  epoch(room: number): string | undefined {
    return backend.clientEpoch(this.#number, room)
  }

  /** The number under which a room is known here, open or not. */
  room(name: string): number | undefined {
    return backend.clientRoom(this.#number, checkText(name, 'name'))
  }

  /** The name of a room. */
  roomName(room: number): string | undefined {
    return backend.clientRoomName(this.#number, room)
  }

  /** Whether the server's word on a room survives its crash, as it said last. */
  durability(room: number): Durability | undefined {
    return backend.clientDurability(this.#number, room) as Durability | undefined
  }

  /** Whether a state of the room is known, from the server or from what was recorded. */
  ready(room: number): boolean {
    return backend.clientReady(this.#number, room)
  }

  /**
   * Why the client does not come into an open room and does not ask again by itself: the room is denied, or the connection
   * has ended, for good.
   *
   * Nothing while it is in, or tries. For `Unauthorized` and `Forbidden` a newer token makes it try again; where the room
   * itself is denied, so does opening it again.
   */
  denied(room: number): CodeName | undefined {
    return backend.clientDenied(this.#number, room) as CodeName | undefined
  }

  /** Mutations of a room without a verdict. */
  pending(room: number): number {
    return backend.clientPending(this.#number, room)
  }

  /** Mutations of all rooms without a verdict. */
  pendingTotal(): number {
    return backend.clientPendingTotal(this.#number)
  }

  /** How far an open room is from its server, and when all was last well. */
  status(room: number): RoomStatus | undefined {
    const [status, syncedAt] = backend.clientStatus(this.#number, room)?.split(' ') ?? []
    if (status === undefined) return undefined
    return syncedAt ? { status: status as Status, syncedAt: Number(syncedAt) } : { status: status as Status }
  }

  /** The status of the worst open room. */
  overallStatus(): Status {
    return backend.clientOverallStatus(this.#number) as Status
  }

  /** The limits in force: the configured ones, lowered to the server's. */
  limits(): Limits {
    return JSON.parse(backend.clientLimits(this.#number)) as Limits
  }

  /** What was counted since the client was made. */
  metrics(): ClientReport {
    return JSON.parse(backend.clientMetrics(this.#number)) as ClientReport
  }

  /** The same in the Prometheus text format, with these labels on every sample; not in browsers. */
  prometheus(labels: Readonly<Record<string, string>> = {}): string {
    return backend.clientPrometheus(this.#number, toJson(labels))
  }

  /** How far the recording is that the option `flight` asked for. Without that, as in browsers, `undefined`. */
  flight(): FlightStatus | undefined {
    const told = backend.clientFlight(this.#number)
    return told === undefined ? undefined : (JSON.parse(told) as FlightStatus)
  }

  /**
   * Ends the client, and says how many mutations have no verdict: durable ones are sent after the next start, others are
   * lost. Never waits for the server; what was recorded is durable when this returns.
   */
  close(): number {
    forget(this, this.#number)
    return backend.clientClose(this.#number)
  }
}
