/** One view, as the host remembers it. */

import { Comparer } from './compare.js'
import { Drafts, INSERT, REPLACE } from './drafts.js'
import { fits } from './fit.js'
import { Grower } from './grow.js'
import { wrong } from './leaf.js'
import type { Instance } from './record.js'
import { Result } from './result.js'
import { ROOT, type Templates } from './template.js'
import { Undo } from './undo.js'

/** What a view showed last, to write only what differs in the next render. */
export class Shadow {
  /** Where the drafts of this view are until the engine takes them. */
  readonly drafts: Drafts
  readonly #grower: Grower
  readonly #comparer: Comparer
  readonly #undo = new Undo()
  #root: Instance | undefined
  /** Whether the engine has a tree of this view, or will have one when it takes the drafts. */
  #exists = false

  constructor(templates: Templates, drafts = new Drafts()) {
    this.drafts = drafts
    this.#grower = new Grower(templates, drafts.bytes)
    this.#comparer = new Comparer(drafts, this.#grower, this.#undo)
  }

  /**
   * Writes what differs from the render before, as one draft; gives whether something does.
   *
   * If it throws, nothing has happened.
   *
   * @throws {SynclineError} `InvalidArgument` if a slot holds what it cannot; `Closed` within another render.
   */
  render(value: Result): boolean {
    this.drafts.begin()
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

  /** Has the next render write everything: for when the engine may not have what was written. */
  forget(): void {
    this.#root = undefined
  }

  #draft(value: Result): void {
    if (!(value instanceof Result)) throw wrong('what html gives', value, ROOT)
    const root = this.#root
    if (root !== undefined && fits(root, value)) return this.#comparer.instance(root, value, 0)
    if (this.#exists) {
      this.drafts.step(REPLACE, 0)
      this.#root = this.#grower.instance(value)
      return
    }
    this.drafts.list(0)
    this.drafts.part(INSERT, 1)
    this.#root = this.#grower.instance(value)
    this.drafts.rest()
    this.#exists = true
  }
}
