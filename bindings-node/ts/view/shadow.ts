/** One view, as the host remembers it. */

import { Bound } from './bind.js'
import { Comparer } from './compare.js'
import { DROP, Drafts, INSERT, REPLACE } from './drafts.js'
import { Element, Fragment } from './element.js'
import { Grower } from './grow.js'
import { wrong } from './leaf.js'
import type { State } from './record.js'
import { Result } from './result.js'
import type { Statics } from './statics.js'
import { ROOT } from './template.js'
import { Undo } from './undo.js'

/** What a view shows: a template, an element by hand, nodes beside each other, what is bound, or nothing. */
export type Shown = Result | Element | Fragment | Bound | null

/** What a view showed last, to write only what differs in the next render. @internal */
export class Shadow {
  /** Where the drafts of this view are until the engine takes them. */
  readonly drafts: Drafts
  readonly #grower: Grower
  readonly #comparer: Comparer
  readonly #undo = new Undo()
  #root: State
  #isKnown = false
  /** How many nodes the engine shows, or will show when it takes the drafts. */
  #count = 0

  constructor(statics: Statics, drafts = new Drafts()) {
    this.drafts = drafts
    this.#grower = new Grower(statics, drafts)
    this.#comparer = new Comparer(drafts, this.#grower, this.#undo)
  }

  /** Whether what the engine shows is known: a draft is what differs from that. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /**
   * Writes what differs from the render before, as one draft; gives whether something does.
   *
   * If it throws, nothing has happened.
   *
   * @throws {SynclineError} `InvalidArgument` if a slot holds what it cannot; `Closed` within another render.
   */
  render(value: Shown): boolean {
    this.drafts.begin(this)
    this.#grower.begin()
    try {
      this.#draft(value)
    } catch (error) {
      this.#undo.restore()
      this.drafts.abandon()
      throw error
    }
    this.#undo.clear()
    return this.drafts.end()
  }

  /** Has the next render write everything, in the place of so many nodes that the engine shows. */
  forget(count: number): void {
    this.#root = undefined
    this.#isKnown = false
    this.#count = count
  }

  #draft(value: Shown): void {
    if (!isShown(value)) throw wrong('what html or h gives, or null,', value, ROOT)
    if (this.#isKnown) {
      this.#root = this.#comparer.node(this.#root, value, 0, ROOT)
      return
    }
    if (this.#count === 1) {
      this.drafts.step(REPLACE, 0)
      this.#root = this.#grower.node(value, ROOT)
    } else {
      this.drafts.list(0)
      if (this.#count > 0) this.drafts.part(DROP, this.#count)
      this.drafts.part(INSERT, 1)
      this.#root = this.#grower.node(value, ROOT)
      this.drafts.rest()
    }
    // What the engine shows may be nearly the same.
    if (this.#count > 0) this.drafts.roughen()
    this.#isKnown = true
    this.#count = 1
  }
}

function isShown(value: unknown): value is Shown {
  return (
    value instanceof Result ||
    value instanceof Element ||
    value instanceof Fragment ||
    value instanceof Bound ||
    value === null
  )
}
