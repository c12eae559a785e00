/** The engine of a client in a page: which role it plays, and what of it the application sees when that changes. */

import { errorOf, type CodeName, type SynclineError } from '../errors.js'
import type { ClientEngine, EngineOutput, EngineParts, StorageState } from '../engine.js'
import { ClientHandle } from '../handle/client.js'
import type { Edits } from '../handle/edits.js'
import type { ClientConfig, ClientReport, Durability, Limits, RoomStatus, Status } from '../handle/options.js'
import { asError } from '../refusal.js'
import type { Json } from '../value.js'
import { PageClock } from './clock.js'
import { entropy, Lead } from './lead.js'
import { follow } from './life.js'
import { PageStorage } from './storage.js'

/** Milliseconds that a second client waits for the first one's storage: that of a page that was just left. */
const PATIENCE_MS = 500

/** Whether the platform can tell tabs apart. */
function locks(): LockManager | undefined {
  return (globalThis as { navigator?: Navigator }).navigator?.locks
}
void PATIENCE_MS
void locks
void ClientHandle
void entropy

/** @internal */
export class PageEngine implements ClientEngine {
  readonly #clock = new PageClock()
  readonly #named: boolean
  #lead!: Lead
  #wake: (() => void) | undefined
  #failure: SynclineError | undefined
  readonly #news: EngineOutput[] = []
  readonly #forget: () => void

  private constructor(named: boolean) {
    this.#named = named
    this.#forget = follow({
      awake: () => { this.reconnect() },
      asleep: () => {},
      resumed: () => { this.reconnect() },
    })
  }

  static async open({ config, storage }: EngineParts): Promise<PageEngine> {
    const page = new PageEngine(storage !== undefined)
    if (storage === undefined) {
      page.#begin(config, [], undefined)
      return page
    }
    try {
      const opened = await PageStorage.open(`syncline:${storage}`)
      const { blobs } = await opened.take()
      page.#begin(config, blobs, opened)
    } catch (error) {
      page.#begin(config, [], undefined)
      page.#degrade(asError(error))
    }
    return page
  }

  #begin(config: ClientConfig, blobs: readonly Uint8Array[], storage: PageStorage | undefined): void {
    this.#lead = new Lead(config, blobs, this.#clock, storage, {
      recorded: () => {},
      degraded: (error) => { this.#degrade(error) },
      superseded: () => {},
    })
  }

  #degrade(error: Error): void {
    this.#failure = errorOf('StorageFailed', 'storage of the browser', error.message)
    this.#news.push({ kind: 'storageFailed' })
    this.#wake?.()
  }

  get #handle(): ClientHandle {
    return this.#lead.handle
  }

  get leads(): boolean {
    return true
  }

  get alone(): boolean {
    return true
  }

  get storage(): StorageState {
    if (!this.#named) return 'none'
    return this.#lead.isDurable ? 'durable' : 'volatile'
  }

  /** The handle, at this moment. */
  #now(): ClientHandle {
    this.#handle.setNow(this.#clock.now())
    return this.#handle
  }

  setWake(callback: (() => void) | undefined): void {
    this.#wake = callback
    this.#handle.setWake(callback)
  }

  drain(): EngineOutput[] {
    const outputs: EngineOutput[] = [...this.#news.splice(0), ...this.#lead.drain()]
    if (outputs.length === 0) this.#arm()
    return outputs
  }

  /** Has the engine called when it wants to be. */
  #arm(): void {
    this.#clock.arm(this.#handle.deadline(), () => {
      this.#now()
      this.#arm()
    })
  }

  now(): number {
    return this.#clock.now()
  }

  storageError(): SynclineError | undefined {
    return this.#failure ?? this.#handle.storageError()
  }

  connected(token: string): void {
    this.#now().connected(token)
  }
  receive(frame: Uint8Array | string): void {
    this.#now().receive(frame)
  }
  disconnected(): void {
    this.#now().disconnected()
  }
  setToken(token: string): void {
    this.#now().setToken(token)
  }
  reconnect(): void {
    this.#now().reconnect()
  }
  flush(): void {
    this.#now().flush()
  }

  open(name: string, writes?: boolean): number {
    return this.#now().open(name, writes)
  }
  closeRoom(room: number): void {
    this.#now().closeRoom(room)
  }
  forgetRoom(room: number): void {
    this.#now().forgetRoom(room)
  }
  room(name: string): number | undefined {
    return this.#handle.room(name)
  }
  roomName(room: number): string | undefined {
    return this.#handle.roomName(room)
  }

  set(room: number, key: string, value: Json): number {
    return this.#now().set(room, key, value)
  }
  merge(room: number, key: string, patch: Json): number {
    return this.#now().merge(room, key, patch)
  }
  add(room: number, key: string, amount: Json): number {
    return this.#now().add(room, key, amount)
  }
  delete(room: number, key: string): number {
    return this.#now().delete(room, key)
  }
  insert(room: number, key: string, index: number, value: Json): number {
    return this.#now().insert(room, key, index, value)
  }
  remove(room: number, key: string, index: number): number {
    return this.#now().remove(room, key, index)
  }
  move(room: number, key: string, from: number, to: number): number {
    return this.#now().move(room, key, from, to)
  }
  replace(room: number, key: string, index: number, value: Json): number {
    return this.#now().replace(room, key, index, value)
  }
  batch(room: number, edits: Edits): number {
    return this.#now().batch(room, edits)
  }
  resolve(room: number, draft: number, resolution: { keep: 'mine' | 'theirs' } | { value: Json }): number | undefined {
    return this.#now().resolve(room, draft, resolution)
  }
  newItem(): string {
    return this.#handle.newItem()
  }

  setPresence(room: number, patch: Json): void {
    this.#now().setPresence(room, patch)
  }
  clearPresence(room: number): void {
    this.#now().clearPresence(room)
  }
  presences(room: number): [number, Json][] {
    return this.#handle.presences(room)
  }
  presenceOwn(room: number): Json | undefined {
    return this.#handle.presenceOwn(room)
  }
  presenceMe(room: number): number | undefined {
    return this.#handle.presenceMe(room)
  }

  get(room: number, key: string): Json | undefined {
    return this.#handle.get(room, key)
  }
  confirmedGet(room: number, key: string): Json | undefined {
    return this.#handle.confirmedGet(room, key)
  }
  getJson(room: number, key: string): string | undefined {
    return this.#handle.getJson(room, key)
  }
  items(room: number, key: string): [string, Json][] | undefined {
    return this.#handle.items(room, key)
  }
  entries(room: number, prefix?: string): [string, Json][] {
    return this.#handle.entries(room, prefix)
  }
  entriesJson(room: number, prefix?: string): string {
    return this.#handle.entriesJson(room, prefix)
  }
  keys(room: number, prefix?: string): string[] {
    return this.#handle.keys(room, prefix)
  }
  version(room: number): number | undefined {
    return this.#handle.version(room)
  }
  epoch(room: number): string | undefined {
    return this.#handle.epoch(room)
  }
  durability(room: number): Durability | undefined {
    return this.#handle.durability(room)
  }
  ready(room: number): boolean {
    return this.#handle.ready(room)
  }
  denied(room: number): CodeName | undefined {
    return this.#handle.denied(room)
  }
  pending(room: number): number {
    return this.#handle.pending(room)
  }
  pendingTotal(): number {
    return this.#handle.pendingTotal()
  }
  status(room: number): RoomStatus | undefined {
    return this.#handle.status(room)
  }
  overallStatus(): Status {
    return this.#handle.overallStatus()
  }
  limits(): Limits {
    return this.#handle.limits()
  }
  metrics(): ClientReport {
    return this.#handle.metrics()
  }
  prometheus(labels?: Readonly<Record<string, string>>): string {
    return this.#handle.prometheus(labels)
  }

  close(): number {
    this.#forget()
    this.#clock.arm(undefined, () => {})
    const left = this.#lead.close()
    void this.#lead.stored()
    return left
  }
}
