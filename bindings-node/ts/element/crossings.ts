/** Which elements are in view: one observer for each root, margin and list of thresholds. */

import { asError, invalid } from '../refusal.js'
import { classesOf, type CrossingShape, type ElementShape, type IntersectionObserverShape, type RootShape } from './shape.js'
import type { Crossing } from './state.js'

/** How it is measured whether an element is in view; the members are those of the page's own `IntersectionObserver`. */
export interface ViewOptions {
  /** What the element is to be seen in; the viewport by default. */
  root?: ElementShape | RootShape | null | undefined
  /** By how much that is widened or narrowed, as in `100px 0px`. */
  rootMargin?: string | undefined
  /** At which ratios the page looks: 0, 0.25, 0.5, 0.75 and 1 by default. */
  thresholds?: readonly number[] | undefined
}

/** Who hears of a crossing. @internal */
export interface Viewer {
  touch(): void
}

interface Known {
  readonly viewers: Set<Viewer>
  last: Crossing | undefined
}

/** By the root, or the document whose viewport it is, and by the other options. */
const shared = new WeakMap<object, Map<string, Crossings>>()

/**
 * The elements that one observer watches. Where the page has no such class, nothing is ever in view.
 *
 * @internal
 */
export class Crossings {
  readonly #observer: IntersectionObserverShape | undefined
  readonly #known = new WeakMap<object, Known>()
  readonly #forget: () => void
  #users = 0

  private constructor(document: RootShape, options: ViewOptions, forget: () => void) {
    this.#forget = forget
    const { IntersectionObserver } = classesOf(document)
    if (IntersectionObserver === undefined) return
    const { root = null, rootMargin = '0px', thresholds: threshold } = options
    try {
      this.#observer = new IntersectionObserver(
        (entries) => {
          this.#take(entries)
        },
        { root, rootMargin, threshold },
      )
    } catch (error) {
      throw invalid('root, rootMargin and thresholds that an IntersectionObserver takes', asError(error).message)
    }
  }

  /** The crossings of these options. Each that is taken is to be given back by {@link release}. */
  static take(document: RootShape, options: ViewOptions): Crossings {
    const place = options.root ?? document
    const name = JSON.stringify([options.root === place, options.rootMargin, options.thresholds])
    const known = shared.get(place) ?? new Map<string, Crossings>()
    const crossings = known.get(name) ?? new Crossings(document, options, () => known.delete(name))
    shared.set(place, known.set(name, crossings))
    crossings.#users += 1
    return crossings
  }

  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#observer?.disconnect()
    this.#forget()
  }

  /** Tells a viewer of the crossings of an element. */
  add(element: object, viewer: Viewer): void {
    const known = this.#known.get(element)
    if (known !== undefined) {
      known.viewers.add(viewer)
      return
    }
    this.#known.set(element, { viewers: new Set([viewer]), last: undefined })
    this.#observer?.observe(element)
  }

  remove(element: object, viewer: Viewer): void {
    const known = this.#known.get(element)
    if (known?.viewers.delete(viewer) !== true || known.viewers.size > 0) return
    this.#known.delete(element)
    this.#observer?.unobserve(element)
  }

  /** What was told of an element last; nothing, until the page has said where it is. */
  last(element: object): Crossing | undefined {
    return this.#known.get(element)?.last
  }

  #take(entries: readonly CrossingShape[]): void {
    // The latest of an element comes last.
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      const known = this.#known.get(target)
      if (known === undefined) continue
      known.last = { isIntersecting, intersectionRatio }
      for (const viewer of known.viewers) viewer.touch()
    }
  }
}
