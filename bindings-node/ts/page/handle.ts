/** What an engine in a page has in common, whatever role it plays: a handle in manual mode, and a clock for it. */

import type { CodeName } from '../errors.js'
import { type ClientHandle, number } from '../handle/client.js'
import type { Edits } from '../handle/edits.js'
import type { ClientReport, Durability, FlightStatus, Limits, RoomStatus, Status } from '../handle/options.js'
import type { Json } from '../value.js'
import { PageClock } from './clock.js'

/** How a conflict is answered. */
export type Answer = { keep: 'mine' | 'theirs' } | { value: Json }

/** @internal */
export abstract class PageHandle {
  protected readonly clock = new PageClock()
  /** What the application reads and edits. */
  protected abstract readonly handle: ClientHandle

  /** The handle, at this moment. */
  protected at(): ClientHandle {
    this.handle.setNow(this.clock.now())
    return this.handle
  }

  /** Under which number the backend knows what the application reads, at this moment. */
  get [number](): number {
    return this.at()[number]
  }

  /** An edit was made, under this number. */
  protected made(_room: number, draft: number): number {
    return draft
  }

  now(): number {
    return this.clock.now()
  }

  open(name: string, writes?: boolean): number {
    return this.at().open(name, writes)
  }
  closeRoom(room: number): void {
    this.at().closeRoom(room)
  }
  forgetRoom(room: number): void {
    this.at().forgetRoom(room)
  }
  askStored(): number {
    return this.handle.askStored()
  }
  room(name: string): number | undefined {
    return this.handle.room(name)
  }
  roomName(room: number): string | undefined {
    return this.handle.roomName(room)
  }

  set(room: number, key: string, value: Json): number {
    return this.made(room, this.at().set(room, key, value))
  }
  merge(room: number, key: string, patch: Json): number {
    return this.made(room, this.at().merge(room, key, patch))
  }
  add(room: number, key: string, amount: Json): number {
    return this.made(room, this.at().add(room, key, amount))
  }
  delete(room: number, key: string): number {
    return this.made(room, this.at().delete(room, key))
  }
  insert(room: number, key: string, index: number, value: Json): number {
    return this.made(room, this.at().insert(room, key, index, value))
  }
  remove(room: number, key: string, index: number): number {
    return this.made(room, this.at().remove(room, key, index))
  }
  move(room: number, key: string, from: number, to: number): number {
    return this.made(room, this.at().move(room, key, from, to))
  }
  replace(room: number, key: string, index: number, value: Json): number {
    return this.made(room, this.at().replace(room, key, index, value))
  }
  batch(room: number, edits: Edits): number {
    return this.made(room, this.at().batch(room, edits))
  }
  resolve(room: number, draft: number, resolution: Answer): number | undefined {
    return this.at().resolve(room, draft, resolution)
  }
  newItem(): string {
    return this.handle.newItem()
  }

  setPresence(room: number, patch: Json): void {
    this.at().setPresence(room, patch)
  }
  clearPresence(room: number): void {
    this.at().clearPresence(room)
  }
  presences(room: number): [number, Json][] {
    return this.handle.presences(room)
  }
  presenceOwn(room: number): Json | undefined {
    return this.handle.presenceOwn(room)
  }
  presenceMe(room: number): number | undefined {
    return this.handle.presenceMe(room)
  }

  get(room: number, key: string): Json | undefined {
    return this.handle.get(room, key)
  }
  confirmedGet(room: number, key: string): Json | undefined {
    return this.handle.confirmedGet(room, key)
  }
  getJson(room: number, key: string): string | undefined {
    return this.handle.getJson(room, key)
  }
  items(room: number, key: string): [string, Json][] | undefined {
    return this.handle.items(room, key)
  }
  entries(room: number, prefix?: string): [string, Json][] {
    return this.handle.entries(room, prefix)
  }
  entriesJson(room: number, prefix?: string): string {
    return this.handle.entriesJson(room, prefix)
  }
  keys(room: number, prefix?: string): string[] {
    return this.handle.keys(room, prefix)
  }
  version(room: number): number | undefined {
    return this.handle.version(room)
  }
  epoch(room: number): string | undefined {
    return this.handle.epoch(room)
  }
  durability(room: number): Durability | undefined {
    return this.handle.durability(room)
  }
  ready(room: number): boolean {
    return this.handle.ready(room)
  }
  denied(room: number): CodeName | undefined {
    return this.handle.denied(room)
  }
  pending(room: number): number {
    return this.handle.pending(room)
  }
  pendingTotal(): number {
    return this.handle.pendingTotal()
  }
  status(room: number): RoomStatus | undefined {
    return this.handle.status(room)
  }
  overallStatus(): Status {
    return this.handle.overallStatus()
  }
  limits(): Limits {
    return this.handle.limits()
  }
  metrics(): ClientReport {
    return this.handle.metrics()
  }
  prometheus(labels?: Readonly<Record<string, string>>): string {
    return this.handle.prometheus(labels)
  }
  flight(): FlightStatus | undefined {
    return this.handle.flight()
  }
}
