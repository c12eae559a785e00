/** What a server renders of its rooms: by which function, reading which rooms, and what came of it. */

import { later } from './anchor.js'
import { DenyError } from './authorize.js'
import { type CodeName, errorOf, SynclineError } from './errors.js'
import type { Json, ServerHandle } from './handle.js'
import type { Log } from './log.js'
import type { Operations } from './operations.js'
import { closed, invalid } from './refusal.js'
import type { Shown } from './view/shadow.js'
import { View } from './view/view.js'

/** A room as a view reads it: what is durable now. */
export class RoomReader {
  /** The room's name. */
  readonly room: string
  readonly #handle: ServerHandle
  /** @internal */
  readonly number: number

  /** @internal */
  constructor(handle: ServerHandle, number: number, room: string) {
    this.#handle = handle
    this.number = number
    this.room = room
  }

  /** The value of a key. */
  get<T = Json>(key: string): T | undefined
  get<T = Json>(key: string, fallback: T): T
  get(key: string, fallback?: unknown): unknown {
    const found = this.#handle.roomGet(this.number, key)
    return found === undefined ? fallback : found[1]
  }

  /** The keys with this prefix and what they hold, in the order of keys. */
  entries<T = Json>(prefix = ''): [string, T][] {
    return this.#handle.roomEntries(this.number, prefix) as [string, T][]
  }

  /** The keys with this prefix, in order. */
  keys(prefix = ''): string[] {
    return this.entries(prefix).map(([key]) => key)
  }
}

/** A view of a room that somebody watches is to be rendered, at first or as what it shows has changed. */
export class ViewRequest extends RoomReader {
  /** The view's name. */
  readonly view: string
  readonly #open: (room: string) => Promise<RoomReader>

  /** @internal */
  constructor(handle: ServerHandle, number: number, room: string, view: string, open: (room: string) => Promise<RoomReader>) {
    super(handle, number, room)
    this.view = view
    this.#open = open
  }

  /**
   * Another room: from now on the view is rendered again when that changes, too. While the view is being rendered: after that it
   * is rejected with `Closed`.
   */
  of(room: string): Promise<RoomReader> {
    return this.#open(room)
  }
}

/** Renders a view: gives what `html` or `h` gave, or `undefined` if there is no such view. A {@link DenyError} says another code. */
export type Render = (request: ViewRequest) => Shown | undefined | Promise<Shown | undefined>

/** The views of a server's rooms: what renders each, by its name, or one function for all. */
export type Views = Readonly<Record<string, Render>> | Render

/** What calls say of what is gone; of a room that nobody holds any more `InvalidArgument`. */
const GONE: readonly CodeName[] = ['NotFound', 'Closed', 'InvalidArgument']

/** Views of a room of which is known what they showed; the engine has as many: `VIEWS` in `core/src/limit.rs`. */
const VIEWS = 64

/** Milliseconds before a view that has shown nothing yet is rendered again; twice as many each time, up to a most. */
const FIRST_PAUSE_MS = 1_000
const LAST_PAUSE_MS = 60_000

/** A view that failed before it showed anything. */
interface Retry {
  pause: number
  /** Ends the waiting; none once it is over. */
  cancel: (() => void) | undefined
}

/** What a server does with what is rendered. @internal */
export interface Stage {
  readonly handle: ServerHandle
  readonly operations: Operations
  readonly log: Log
  failed(event: { readonly room: string; readonly view: string; readonly error: unknown }): void
}

/** @internal */
export class Shows {
  readonly #views: Views | undefined
  readonly #stage: Stage
  readonly #timeout: number
  /** By room and name. */
  readonly #shown = new Map<number, Map<string, View>>()
  /** By room and name. */
  readonly #retries = new Map<number, Map<string, Retry>>()

  /** `timeout` in milliseconds. */
  constructor(views: Views | undefined, timeout: number, stage: Stage) {
    this.#views = views
    this.#timeout = timeout
    this.#stage = stage
  }

  /** Renders a view, and tells the engine, whatever happens. */
  async render(room: number, name: string): Promise<void> {
    const { handle, operations } = this.#stage
    let isOver = false
    const open = async (other: string): Promise<RoomReader> => {
      if (isOver) throw closed('a view that is being rendered')
      const number = handle.roomOpenForView(room, name, other)
      await operations.opened(number)
      return new RoomReader(handle, number, other)
    }
    try {
      const request = new ViewRequest(handle, room, operations.name(room), name, open)
      const shown = await this.#inTime(name, this.#render(name)?.(request))
      isOver = true
      this.#show(room, name, shown)
    } catch (error) {
      isOver = true
      this.#fail(room, name, error)
    }
  }

  /** What a view of a room shows now, as HTML, whether or not somebody watches it. */
  async html(room: string, name: string): Promise<string> {
    const { handle, operations } = this.#stage
    const held: number[] = []
    let isOver = false
    const open = async (other: string): Promise<RoomReader> => {
      if (isOver) throw closed('a view that is being rendered')
      const number = handle.roomOpen(other)
      held.push(number)
      await operations.opened(number)
      return new RoomReader(handle, number, other)
    }
    const view = new View(name)
    try {
      const { number } = await open(room)
      const shown = await this.#render(name)?.(new ViewRequest(handle, number, room, name, open))
      if (shown === undefined) throw errorOf('NotFound', 'a view of the room', name)
      view.render(shown)
      return view.html()
    } finally {
      isOver = true
      view.close()
      for (const number of held) {
        this.#answer(() => {
          handle.roomRelease(number)
        })
      }
    }
  }

  /** A room is closed: nothing is shown of it. */
  gone(room: number): void {
    for (const view of this.#shown.get(room)?.values() ?? []) view.close()
    this.#shown.delete(room)
    for (const retry of this.#retries.get(room)?.values() ?? []) retry.cancel?.()
    this.#retries.delete(room)
  }

  /** Nothing is rendered any more. */
  end(): void {
    for (const room of [...this.#retries.keys()]) this.gone(room)
  }

  #render(name: string): Render | undefined {
    const views = this.#views
    if (typeof views === 'function') return views
    return views !== undefined && Object.hasOwn(views, name) ? views[name] : undefined
  }

  /** What is rendered, unless that takes too long: then what comes of it concerns nobody. */
  #inTime(name: string, rendered: ReturnType<Render>): ReturnType<Render> {
    if (!isPromise(rendered)) return rendered
    return new Promise((resolve, reject) => {
      const cancel = later(this.#timeout, () => {
        reject(errorOf('Timeout', `the view ${name} within ${this.#timeout} ms`, 'a promise that waits'))
      })
      const settled = Promise.resolve(rendered).finally(cancel)
      settled.then(resolve, reject)
    })
  }

  /** Shows what was rendered. */
  #show(room: number, name: string, shown: Shown | undefined): void {
    if (shown === undefined) {
      this.#end(room, name, 'NotFound')
      return
    }
    const { handle, operations } = this.#stage
    if (!operations.isOpen(room)) return
    const known = this.#shown.get(room)?.get(name)
    const view = known ?? new View(name)
    try {
      view.render(shown)
      handle.roomShow(room, name, view)
    } catch (error) {
      if (known === undefined) view.close()
      throw error
    }
    const all = this.#shown.get(room) ?? new Map<string, View>()
    this.#shown.set(room, all.set(name, view))
    this.#forget(room, name)
    this.#bound(all, name)
  }

  /** Forgets the view that was rendered first, of too many: whoever watches it is told all of it again. */
  #bound(all: Map<string, View>, name: string): void {
    for (const [other, view] of all) {
      if (all.size <= VIEWS) return
      if (other === name) continue
      all.delete(other)
      view.close()
    }
  }

  #fail(room: number, name: string, error: unknown): void {
    if (!this.#stage.operations.isOpen(room)) return
    if (error instanceof DenyError) {
      this.#end(room, name, error.code)
      return
    }
    const event = { room: this.#stage.operations.name(room), view: name, error }
    this.#stage.log.error({ event: 'viewFailed', message: `the view ${name} failed: what it showed last stays, and one that showed nothing is rendered again`, room: event.room, error })
    this.#stage.failed(event)
    if (this.#shown.get(room)?.has(name) !== true) this.#retry(room, name)
    this.#answer(() => {
      this.#stage.handle.roomKeepView(room, name)
    })
  }

  /** Renders a view that shows nothing once more after a pause. */
  #retry(room: number, name: string): void {
    const all = this.#retries.get(room) ?? new Map<string, Retry>()
    const known = all.get(name)
    // Whoever came meanwhile had it rendered before its time.
    if (known?.cancel !== undefined) return
    const retry: Retry = { pause: known === undefined ? FIRST_PAUSE_MS : Math.min(known.pause * 2, LAST_PAUSE_MS), cancel: undefined }
    retry.cancel = later(retry.pause, () => {
      retry.cancel = undefined
      this.#touch(room, name)
    })
    all.delete(name)
    this.#retries.set(room, all.set(name, retry))
    // Of too many most are watched by nobody: one that is fails again.
    for (const [other, { cancel }] of all) {
      if (all.size <= VIEWS) return
      cancel?.()
      all.delete(other)
      this.#touch(room, other)
    }
  }

  /** Has the engine ask for a view, unless nobody watches it. */
  #touch(room: number, name: string): void {
    this.#answer(() => {
      this.#stage.handle.roomTouchView(room, name)
    })
  }

  /** A view is rendered, or is none. */
  #forget(room: number, name: string): void {
    const all = this.#retries.get(room)
    all?.get(name)?.cancel?.()
    all?.delete(name)
  }

  /** Whoever watches is told this code. */
  #end(room: number, name: string, code: CodeName): void {
    const all = this.#shown.get(room)
    all?.get(name)?.close()
    all?.delete(name)
    this.#forget(room, name)
    this.#answer(() => {
      this.#stage.handle.roomEndView(room, name, code)
    })
  }

  /** Tells the engine; that a room or the server is closed meanwhile is no error. */
  #answer(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      if (!(error instanceof SynclineError && GONE.includes(error.code))) throw error
    }
  }
}

function isPromise(rendered: ReturnType<Render>): rendered is Promise<Shown | undefined> {
  return typeof rendered === 'object' && rendered !== null && 'then' in rendered
}

/** Refuses views that are no functions. @internal */
export function checkViews(views: unknown): void {
  if (views === undefined || typeof views === 'function') return
  if (typeof views !== 'object' || views === null || Symbol.iterator in views) throw invalid('functions by name, or one, as views', typeof views)
  for (const [name, render] of Object.entries(views)) {
    if (typeof render !== 'function') throw invalid(`a function as the view ${name}`, typeof render)
  }
}
