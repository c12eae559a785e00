/** What of a page shows a view: it takes what the engine says that there is to do. */

import { Adopter } from './adopt.js'
import { Properties } from './attribute.js'
import type { Item } from './item.js'
import { Maker } from './make.js'
import { focused } from './move.js'
import { Painter } from './paint.js'
import { Source } from './source.js'
import { Table } from './table.js'

/** @internal */
export class Page {
  readonly element: Element
  readonly properties = new Properties()
  /** Hears each name of an element or an attribute before it is used. */
  named: (name: string) => void = () => {}
  readonly #maker: Maker
  #table = new Table()
  #roots: Item[] = []
  #isShown = false
  /** Something is being done: focus that is lost and found meanwhile is nobody's doing. */
  isBusy = false

  constructor(element: Element) {
    this.element = element
    this.#maker = new Maker(element.ownerDocument, this.properties)
  }

  /** Whether a node is part of HTML that was let in as it is: who made that names no actions. */
  isRaw(node: Node): boolean {
    return this.#maker.raw.has(node)
  }

  /**
   * Does what a change says: 1 if it is anew, else 0, what is told once, and a patch.
   *
   * Anew, what the element has in it already is kept where it fits, whoever made it.
   */
  take(change: Uint8Array): void {
    const source = new Source(change)
    const isAnew = source.byte() === 1
    const names = isAnew && this.#isShown ? this.#table.names : undefined
    if (isAnew) this.#table = new Table()
    this.#table.learn(source, this.named)
    const restore = focused(this.element)
    this.isBusy = true
    try {
      const [roots, around] = isAnew ? [[], null] : [this.#roots, this.element]
      this.#roots = new Painter(this.#maker, this.#table, roots, around).paint(source)
      if (isAnew) new Adopter(this.#maker, this.properties, names).children(this.#roots, this.element)
      this.#isShown = true
      this.#maker.finish()
      restore()
    } finally {
      this.isBusy = false
    }
  }
}
