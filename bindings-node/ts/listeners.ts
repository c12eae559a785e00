/** Who hears of what: typed listeners, of which none can stop another. */

import type { Log } from './log.js'
import { checkNames, checkSignal, invalid } from './refusal.js'

/** How a listener is added. */
export interface ListenOptions {
  /** Removes the listener when it is aborted. */
  signal?: AbortSignal | undefined
}

/** What hears of an event. */
export type Listener<T> = (event: T) => unknown

interface Entry {
  readonly listener: Listener<never>
  readonly once: boolean
  readonly forget: () => void
  /** Has the signal forget it. */
  readonly unhook: () => void
}

/** @internal */
export const emit: unique symbol = Symbol('syncline.emit')
/** @internal */
export const hears: unique symbol = Symbol('syncline.hears')
/** @internal */
export const unhook: unique symbol = Symbol('syncline.unhook')

/**
 * Something that tells of events.
 *
 * A listener that throws stops neither the others nor the engine: its error is logged and reported as an uncaught
 * exception, as those of an `EventTarget` are.
 */
export abstract class Events<E extends object> {
  readonly #names: readonly string[]
  readonly #log: Log
  readonly #entries = new Map<string, readonly Entry[]>()

  /** @internal */
  constructor(names: readonly string[], log: Log) {
    this.#names = names
    this.#log = log
  }

  /** Throws if nothing can be heard any more. @internal */
  protected abstract assertOpen(): void

  /**
   * Calls `listener` at each event of this name, until the function that is returned is called.
   *
   * Throws `ClosedError` after the close, and `InvalidArgument` for a name that no event has.
   */
  on<K extends keyof E & string>(name: K, listener: Listener<E[K]>, options: ListenOptions = {}): () => void {
    return this.#add(name, listener, false, options)
  }

  /** As {@link on}, for the next event only. */
  once<K extends keyof E & string>(name: K, listener: Listener<E[K]>, options: ListenOptions = {}): () => void {
    return this.#add(name, listener, true, options)
  }

  /** Removes a listener, however often it was added. */
  off<K extends keyof E & string>(name: K, listener: Listener<E[K]>): void {
    for (const entry of this.#entries.get(name) ?? []) if (entry.listener === listener) entry.forget()
  }

  #add(name: string, listener: Listener<never>, once: boolean, options: ListenOptions): () => void {
    this.assertOpen()
    checkNames('options of a listener', options, ['signal'])
    const { signal } = options
    checkSignal(signal)
    if (!this.#names.includes(name)) throw invalid(`an event: ${this.#names.join(', ')}`, String(name))
    if (typeof listener !== 'function') throw invalid('a function as listener', typeof listener)
    if (signal?.aborted === true) return () => {}
    const unhook = (): void => signal?.removeEventListener('abort', forget)
    const forget = (): void => {
      unhook()
      const rest = (this.#entries.get(name) ?? []).filter((other) => other !== entry)
      if (rest.length > 0) this.#entries.set(name, rest)
      else this.#entries.delete(name)
    }
    const entry: Entry = { listener, once, forget, unhook }
    // Lists are replaced and never changed: one that is being told stays as it is.
    this.#entries.set(name, [...(this.#entries.get(name) ?? []), entry])
    signal?.addEventListener('abort', forget, { once: true })
    return forget
  }

  /** Nothing is told any more: signals that live longer hold nothing of it. @internal */
  [unhook](): void {
    for (const entries of this.#entries.values()) for (const entry of entries) entry.unhook()
  }

  /** @internal */
  [hears](name: keyof E & string): boolean {
    return this.#entries.has(name)
  }

  /** @internal */
  [emit]<K extends keyof E & string>(name: K, event: E[K]): void {
    for (const entry of this.#entries.get(name) ?? []) {
      if (entry.once) entry.forget()
      try {
        ;(entry.listener as Listener<E[K]>)(event)
      } catch (error) {
        this.#log.uncaught(error, { event: 'listenerFailed', message: `a listener of ${name} threw` })
      }
    }
  }
}
