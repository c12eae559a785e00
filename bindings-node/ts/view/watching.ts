/** Views that a client watches: what a server renders of a room, with what follows from edits made here. */

import { Deferred, rejected } from '../deferred.js'
import { dispose } from '../dispose.js'
import { type CodeName, errorOf } from '../errors.js'
import { type ClientHandle, number } from '../handle/client.js'
import type { ClientOutput } from '../handle/outputs.js'
import { emit, Events, unhook } from '../listeners.js'
import { closed } from '../refusal.js'
import type { Room, Watcher } from '../room.js'
import { checkText } from '../value.js'
import { backend } from './watched.js'
import type { ScreenMetrics } from './screen.js'

/** What is told of a view. @internal */
export type ViewOutput = Extract<ClientOutput, { kind: 'view' | 'unwatched' }>

/**
 * The views that a handle watches, for a program that brings its own transport.
 *
 * The output `view` says that there are changes, `unwatched` that the server tells nothing of a view any more.
 */
export class ClientViews {
  readonly #client: number

  constructor(client: ClientHandle) {
    this.#client = client[number]
  }

  /**
   * Watches a view of a room; gives the number of the view.
   *
   * @throws {SynclineError} `NotFound` for a room that is not open, `InvalidName`, and `TooMany` beyond 64 views of it.
   */
  watch(room: number, name: string): number {
    return backend.clientWatch(this.#client, room, checkText(name, 'name'))
  }

  /** Watches a view no more. */
  unwatch(view: number): void {
    backend.clientUnwatch(this.#client, view)
  }

  /** The next thing that a page has to do to show a view, as bytes. */
  change(view: number): Uint8Array | undefined {
    return backend.clientViewChange(this.#client, view)
  }

  /** What a view shows, as HTML. */
  html(view: number): string {
    return backend.clientViewHtml(this.#client, view)
  }

  /** How good the predictions of a view are. */
  metrics(view: number): ScreenMetrics {
    return JSON.parse(backend.clientViewMetrics(this.#client, view)) as ScreenMetrics
  }
}

/** What a view tells. */
export interface RoomViewEvents {
  /** It shows something else: what a page has to do; who shows no page asks for the HTML. */
  change: { readonly view: RoomView; readonly bytes: Uint8Array }
  /** The server tells nothing of it any more: `NotFound` if there is no such view. */
  ended: { readonly view: RoomView; readonly code: CodeName }
}

/** @internal */
export const again: unique symbol = Symbol('syncline.again')

/** The views that a client watches, by number. */
const watched = new WeakMap<object, Map<number, (output: ViewOutput) => void>>()

/** A view of a room that is watched; see {@link watch}. */
export class RoomView extends Events<RoomViewEvents> implements Disposable {
  /** Its name. */
  readonly name: string
  /** Its room. */
  readonly room: Room
  readonly #views: ClientViews
  #number = 0
  readonly #watcher: Watcher = {
    edited: () => {},
    ended: () => {
      this.#finish(closed('an open room'))
    },
  }
  #end: Error | undefined
  #isShown = false
  #readiness: Deferred<void> | undefined

  /** Use {@link watch}. @internal */
  constructor(room: Room, name: string) {
    const { session } = room
    super(['change', 'ended'], session.log)
    this.room = room
    this.name = name
    this.#views = new ClientViews(session.handle as unknown as ClientHandle)
    this.#watch()
    session.onView = (output) => watched.get(session)?.get(output.view)?.(output)
    room.watchers.add(this.#watcher)
    session.pump()
  }

  #watch(): void {
    const { session, number: room } = this.room
    this.#number = this.#views.watch(room, this.name)
    let all = watched.get(session)
    if (all === undefined) watched.set(session, (all = new Map()))
    all.set(this.#number, (output) => {
      this.#take(output)
    })
  }

  /** Asks for all of it once more. @internal */
  [again](): void {
    if (this.#end !== undefined || this.room.closed) return
    const { session } = this.room
    watched.get(session)?.delete(this.#number)
    this.#views.unwatch(this.#number)
    this.#watch()
    session.pump()
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.#end !== undefined) throw this.#end
  }

  /** Whether nothing is told of it any more: it was closed, its room or its client was, or it has ended. */
  get closed(): boolean {
    return this.#end !== undefined
  }

  /**
   * Fulfilled when it shows something.
   *
   * Rejected with the code if the server does not show it, and at the close. Waiting for it keeps the process alive.
   */
  get ready(): Promise<void> {
    if (this.#end !== undefined) return rejected(this.#end)
    if (this.#isShown) return Promise.resolve()
    if (this.#readiness === undefined) {
      this.#readiness = new Deferred()
      this.room.session.anchor.during(this.#readiness.promise)
    }
    return this.#readiness.promise
  }

  /** What it shows, with what follows from edits without a verdict, as HTML; empty before the first. */
  html(): string {
    this.assertOpen()
    return this.#views.html(this.#number)
  }

  /** How good its predictions are. */
  metrics(): ScreenMetrics {
    this.assertOpen()
    return this.#views.metrics(this.#number)
  }

  /** Watches it no more; a second call does nothing. */
  close(): void {
    if (this.#end !== undefined) return
    if (!this.room.closed) this.#views.unwatch(this.#number)
    this.#finish(closed('an open view'))
  }

  [dispose](): void {
    this.close()
  }

  #take(output: ViewOutput): void {
    if (output.kind === 'unwatched') {
      const { code } = output
      this.#end = errorOf(code, `the view ${this.name} of the room ${this.room.name}`, code)
      this[emit]('ended', { view: this, code })
      this.#finish(this.#end)
      return
    }
    for (let bytes = this.#views.change(this.#number); bytes !== undefined; bytes = this.#views.change(this.#number)) {
      this.#isShown = true
      this.#readiness?.resolve()
      this.#readiness = undefined
      this[emit]('change', { view: this, bytes })
      if (this.#end !== undefined || this.room.closed) return
    }
  }

  #finish(error: Error): void {
    this.#end ??= error
    watched.get(this.room.session)?.delete(this.#number)
    this.room.watchers.delete(this.#watcher)
    this.#readiness?.reject(this.#end)
    this.#readiness = undefined
    this[unhook]()
  }
}

/**
 * Watches a view of a room: what the server renders of it, and at once what follows from edits made here.
 *
 * @throws {SynclineError} `Closed` for a room that is closed, `InvalidName`, and `TooMany` beyond 64 views of a room.
 *
 * @example
 * const view = watch(room, 'cart')
 * await view.ready
 * view.on('change', () => console.log(view.html()))
 */
export function watch(room: Room, name: string): RoomView {
  if (room.closed) throw closed('an open room')
  return new RoomView(room, checkText(name, 'name'))
}
