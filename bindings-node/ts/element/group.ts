/** Which elements a selector finds, and under which key each is. */

import { dispose } from '../dispose.js'
import { throwLater } from '../log.js'
import { asError, checkType, closed, invalid } from '../refusal.js'
import { Crossings } from './crossings.js'
import { ElementObservation } from './observation.js'
import type { ObservationStatus, Plan } from './options.js'
import { Quiet } from './quiet.js'
import { attributesIn } from './selector.js'
import { documentOf, type ElementShape, type RootShape, rootsOf } from './shape.js'
import { atEnd, isClosed, RoomSink, type StateRoom } from './sink.js'
import { concerns } from './source.js'
import { Places, type TreeChange } from './tree.js'

interface Member {
  element: WeakRef<ElementShape>
  readonly observation: ElementObservation
}

/** What a group is made of. @internal */
export interface GroupParts {
  readonly selector: string
  readonly room: StateRoom
  readonly prefix: string
  readonly id: (element: ElementShape) => string
  readonly plan: Plan
}

/** All elements that a selector finds: each has a key, from when it is found until it is found no more. */
export class ElementGroup implements Disposable {
  readonly #parts: GroupParts
  readonly #root: WeakRef<RootShape>
  readonly #members = new Map<string, Member>()
  readonly #ids = new WeakMap<ElementShape, string>()
  /** Elements about which an error was told. */
  readonly #faulty = new WeakSet<ElementShape>()
  readonly #places: Places
  readonly #crossings: Crossings
  readonly #quiet: Quiet
  readonly #forget: () => void
  #status: ObservationStatus = 'observing'

  /** Use {@link observeAll}. @internal */
  constructor(root: RootShape, parts: GroupParts) {
    const { plan, room, selector } = parts
    if (room.closed) throw closed('an open room')
    this.#parts = parts
    this.#root = new WeakRef(root)
    const names = attributesIn(selector)
    const handleTree = (change: TreeChange): void => {
      if (this.#status !== 'observing') return
      if (this.#root.deref() === undefined) this.#finish('collected')
      else if (concerns(names, change)) this.#quiet.touch()
    }
    this.#places = new Places({ names, handleTree, touch: () => {} })
    this.#quiet = new Quiet(plan.pause, () => {
      this.#scan()
    })
    // Held while there is no member too, so that the page makes it once.
    this.#crossings = Crossings.take(documentOf(root), plan.view)
    this.#places.set(rootsOf(root))
    this.#forget = atEnd(room, () => {
      this.#finish('roomClosed')
    })
    plan.signal?.addEventListener('abort', this.#abort, { once: true })
    if (plan.signal?.aborted === true) this.#finish('closed')
    else this.#scan()
  }

  /** The observations by what `id` said of their elements, in the order in which these were found. */
  get observations(): ReadonlyMap<string, ElementObservation> {
    return new Map(Array.from(this.#members, ([id, { observation }]) => [id, observation]))
  }

  /** Whether the observation goes on, or how it ended. */
  get status(): ObservationStatus {
    return this.#status
  }

  /** Does at once what would be done when the page is quiet. */
  flush(): void {
    this.#quiet.cancel()
    if (this.#status === 'observing') this.#scan()
    for (const { observation } of this.#members.values()) observation.flush()
  }

  /** Writes what is new, and observes no more. The keys stay. A second call does nothing. */
  close(): void {
    this.flush()
    this.#finish('closed')
  }

  [dispose](): void {
    this.close()
  }

  readonly #abort = (): void => {
    this.close()
  }

  #finish(status: Exclude<ObservationStatus, 'observing'>): void {
    if (this.#status !== 'observing') return
    this.#status = status
    this.#quiet.cancel()
    this.#places.set(new Set())
    this.#crossings.release()
    this.#forget()
    this.#parts.plan.signal?.removeEventListener('abort', this.#abort)
    for (const { observation } of this.#members.values()) observation.finish(status)
    this.#members.clear()
    this.#guard(() => this.#parts.plan.onEnd?.(status))
  }

  /** Finds the elements: begins with those that are new, and takes out the keys of those that are gone. */
  #scan(): void {
    const root = this.#root.deref()
    if (root === undefined) {
      this.#finish('collected')
      return
    }
    this.#places.set(rootsOf(root))
    const found = new Map<string, ElementShape>()
    for (const element of Array.from(root.querySelectorAll(this.#parts.selector))) {
      if (!element.isConnected) continue
      this.#guard(() => {
        const id = this.#id(element)
        if (!found.has(id)) found.set(id, element)
        else throw invalid('an id for each element', `${id} twice`)
      }, element)
    }
    for (const [id, member] of this.#members) if (!found.has(id)) this.#drop(id, member)
    for (const [id, element] of found) {
      if (this.#status !== 'observing') return
      const member = this.#members.get(id)
      if (member === undefined) this.#guard(() => {
        this.#begin(id, element, root)
      }, element)
      else if (member.element.deref() !== element) {
        member.element = new WeakRef(element)
        member.observation.touch()
      }
    }
  }

  #id(element: ElementShape): string {
    const known = this.#ids.get(element)
    if (known !== undefined) return known
    const id = this.#parts.id(element)
    checkType('what id returns', id, 'string')
    this.#ids.set(element, id)
    return id
  }

  #begin(id: string, element: ElementShape, root: RootShape): void {
    const { plan, room, prefix } = this.#parts
    const held = { element: new WeakRef(element) }
    const source = { names: [], find: () => held.element.deref(), place: () => this.#root.deref(), concerns: () => false }
    // The group ends for its members.
    const own = { ...plan, signal: undefined, onEnd: undefined }
    const observation = new ElementObservation(source, root, own, (host) => new RoomSink(room, prefix + id, host))
    this.#members.set(id, Object.assign(held, { observation }))
  }

  #drop(id: string, { observation }: Member): void {
    const { room, prefix } = this.#parts
    this.#members.delete(id)
    observation.finish('closed')
    this.#guard(() => {
      if (room.has(prefix + id)) room.delete(prefix + id)
    })
  }

  /** Does what may fail; of an element, that is told once. */
  #guard(action: () => void, element?: ElementShape): void {
    try {
      action()
    } catch (error) {
      if (isClosed(error)) this.#finish('roomClosed')
      else if (element === undefined || !this.#faulty.has(element)) this.#fail(asError(error))
      if (element !== undefined) this.#faulty.add(element)
    }
  }

  #fail(error: Error): void {
    const { onError = throwLater } = this.#parts.plan
    try {
      onError(error)
    } catch (thrown) {
      throwLater(thrown)
    }
  }
}
