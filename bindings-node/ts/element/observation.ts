/** One observed element: which it is now, what is said of it, and who is told. */

import { dispose } from '../dispose.js'
import { throwLater } from '../log.js'
import { asError, checkType } from '../refusal.js'
import { Crossings } from './crossings.js'
import type { ObservationStatus, Plan } from './options.js'
import { Quiet } from './quiet.js'
import { documentOf, type ElementShape, type RootShape, rootsOf } from './shape.js'
import { isClosed, type Sink, type SinkHost } from './sink.js'
import type { Source } from './source.js'
import { type ElementState, NOTHING, stateOf } from './state.js'
import { bind, Places, type TreeChange, unbind, type Watcher } from './tree.js'

/**
 * What one element is, as a store: `subscribe` and `getSnapshot` can be given to `useSyncExternalStore` as they are.
 *
 * It goes on until it is closed, its room is, or the element was collected as garbage; the program need not hold it.
 */
export class ElementObservation implements Disposable {
  readonly #source: Source
  readonly #plan: Plan
  readonly #inner: Watcher & SinkHost
  readonly #places: Places
  readonly #crossings: Crossings
  readonly #quiet: Quiet
  readonly #listeners = new Set<{ readonly listener: () => void }>()
  #sink: Sink | undefined
  #element: WeakRef<ElementShape> | undefined
  #state = NOTHING
  /** Whether the sink has yet to take the state. */
  #owes = false
  #status: ObservationStatus = 'observing'
  #error: Error | undefined

  /** Use {@link observe}. @internal */
  constructor(source: Source, place: ElementShape | RootShape, plan: Plan, open: (host: SinkHost) => Sink | undefined) {
    this.#source = source
    this.#plan = plan
    const all = source.names === undefined || plan.names === undefined
    this.#inner = {
      names: all ? undefined : [...new Set([...plan.names, ...source.names])],
      touch: () => {
        this.#quiet.touch()
      },
      handleTree: (change) => {
        this.#handleTree(change)
      },
      handleEnd: () => {
        this.finish('roomClosed')
      },
      handleRefusal: (error) => {
        this.#fail(error)
      },
    }
    this.#places = new Places(this.#inner)
    this.#quiet = new Quiet(plan.pause, () => {
      this.flush()
    })
    this.#crossings = Crossings.take(documentOf(place), plan.view)
    try {
      this.#look()
      this.#sink = open(this.#inner)
    } catch (error) {
      this.#release()
      throw error
    }
    this.#owes = this.#sink !== undefined
    plan.signal?.addEventListener('abort', this.#abort, { once: true })
    // What the page says first of where the element is comes a moment later, and goes with the rest.
    if (this.#owes) this.#quiet.touch()
    if (plan.signal?.aborted === true) this.finish('closed')
  }

  /** What the element is; the same object until it is something else. */
  get value(): ElementState {
    return this.#state
  }

  /** Whether the observation goes on, or how it ended. */
  get status(): ObservationStatus {
    return this.#status
  }

  /** What was refused last, until something is written again. */
  get error(): Error | undefined {
    return this.#error
  }

  /** The same as {@link value}. */
  readonly getSnapshot = (): ElementState => this.#state

  /**
   * Calls `listener` whenever {@link value} is another, until the function that is returned is called. One that throws
   * stops nobody: its error is an uncaught exception.
   */
  readonly subscribe = (listener: () => void): (() => void) => {
    checkType('listener', listener, 'function')
    const entry = { listener }
    if (this.#status === 'observing') this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  /** Does at once what would be done when the page is quiet: looks, tells, and writes. */
  flush(): void {
    this.#quiet.cancel()
    if (this.#status !== 'observing') return
    try {
      const before = this.#state
      this.#look()
      if (this.#state !== before) {
        this.#owes = this.#sink !== undefined
        this.#tell()
      }
      this.#write()
    } catch (error) {
      this.#fail(asError(error))
    }
  }

  /**
   * Writes what is new, and observes no more. What was written stays in a room; presence shows it no more. A second call
   * does nothing.
   */
  close(): void {
    this.flush()
    this.finish('closed')
  }

  [dispose](): void {
    this.close()
  }

  /** Observes no more, and writes nothing. @internal */
  finish(status: Exclude<ObservationStatus, 'observing'>): void {
    if (this.#status !== 'observing') return
    this.#status = status
    this.#release()
    this.#listeners.clear()
    this.#plan.signal?.removeEventListener('abort', this.#abort)
    try {
      this.#sink?.end()
      this.#plan.onEnd?.(status)
    } catch (error) {
      this.#fail(asError(error))
    }
  }

  /** Looks again once the page is quiet. @internal */
  touch(): void {
    if (this.#status === 'observing') this.#quiet.touch()
  }

  readonly #abort = (): void => {
    this.close()
  }

  #handleTree(change: TreeChange): void {
    if (this.#status !== 'observing') return
    if (change.structural && this.#source.place() === undefined) this.finish('collected')
    else if (this.#source.concerns(change) || (change.structural && this.#moved())) this.#quiet.touch()
  }

  /** Whether the element has come, has gone, or is in another tree. */
  #moved(): boolean {
    const element = this.#source.find()
    if (element === undefined) return this.#state.exists
    if (element.isConnected !== this.#state.exists) return true
    // In the document itself, which most are, it has not moved; elsewhere the hosts around it may have.
    if (!this.#state.exists || element.getRootNode() === documentOf(element)) return false
    return !this.#places.are(rootsOf(element))
  }

  #release(): void {
    this.#quiet.cancel()
    this.#hold(undefined)
    this.#places.set(new Set())
    this.#crossings.release()
  }

  /** Finds the element, watches where it is, and reads what it is. */
  #look(): void {
    const place = this.#source.place()
    if (place === undefined) {
      this.finish('collected')
      return
    }
    const found = this.#source.find()
    const element = found?.isConnected === true ? found : undefined
    this.#hold(element)
    this.#places.set(rootsOf(place), element === undefined)
    // One that stands in for another is taken to be where that was, until the page says where it is.
    const crossing = (element && this.#crossings.last(element)) ?? this.#state
    this.#state = stateOf(element, crossing, this.#plan.wanted, this.#state)
  }

  /** Hears of this element, and of no other. One that is not in the document is not held by what the page holds. */
  #hold(element: ElementShape | undefined): void {
    const before = this.#element?.deref()
    if (element === before) return
    if (before !== undefined) {
      unbind(before, this.#inner)
      this.#crossings.remove(before, this.#inner)
    }
    this.#element = element && new WeakRef(element)
    if (element === undefined) return
    bind(element, this.#inner)
    this.#crossings.add(element, this.#inner)
  }

  #tell(): void {
    for (const { listener } of [...this.#listeners]) {
      try {
        listener()
      } catch (error) {
        throwLater(error)
      }
    }
  }

  #write(): void {
    // A listener may have closed it.
    if (!this.#owes || this.#status !== 'observing') return
    // What is refused is refused again: the next try is with the next state.
    this.#owes = false
    try {
      this.#sink?.write(this.#state)
      this.#error = undefined
    } catch (error) {
      if (isClosed(error)) this.finish('roomClosed')
      else throw error
    }
  }

  #fail(error: Error): void {
    this.#error = error
    try {
      if (this.#plan.onError === undefined) throwLater(error)
      else this.#plan.onError(error)
    } catch (thrown) {
      throwLater(thrown)
    }
  }
}
