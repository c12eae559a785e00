/** What a page keeps of a template: which of its nodes are found again, and what stands in its slots. */

import { ELEMENT, HOLE, type Item, textOf } from './item.js'

/** What stands in an attribute's value for a slot. */
const SLOT = '\0'

/** No node, or no slot. */
const NONE = -1

/** An attribute of an element, of which slots are a part; or a property, which clones do not have. @internal */
export interface Filled {
  /** Which element. */
  readonly ref: number
  readonly name: string
  /** What is around its slots. */
  readonly pieces: readonly string[]
  /** The first of its slots; the others follow. */
  readonly slot: number
}

/** Where a slot for a node is. @internal */
export interface Place {
  /** In which element; none at the root. */
  readonly parent: number
  /** The node behind it that is always there, if it is the next. */
  readonly ref: number
  /** The slot behind it, if that is the next. */
  readonly slot: number
}

/** A node at the root: one that is always there, or a slot. @internal */
export interface Root {
  readonly ref: number
  readonly slot: number
}

/** @internal */
export class Template {
  readonly body: readonly Item[]
  readonly roots: readonly Root[]
  /** The element that has the key of an instance. */
  readonly keyed: Item | undefined
  /** How many slots there are. */
  readonly size: number
  readonly filled: Filled[] = []
  /** By slot: those for nodes. */
  readonly places: (Place | undefined)[] = []
  /** By slot: of which attribute it is a part. */
  readonly parts: (Filled | undefined)[] = []
  /** The way to each node that is found again: places among children. */
  readonly paths: (readonly number[])[] = []
  /** Under which number a node is found again. */
  readonly refs = new Map<Item, number>()
  /** Which slot a hole is. */
  readonly slots = new Map<Item, number>()
  /** What instances are cloned from, by the namespace in which they are. */
  readonly models = new Map<string, DocumentFragment>()

  constructor(body: readonly Item[]) {
    this.body = body
    this.keyed = body.find(({ kind }) => kind === ELEMENT)
    this.size = this.#count(body, 0)
    this.#places(body, NONE, [])
    this.roots = body.map((item) => ({ ref: this.refs.get(item) ?? NONE, slot: this.slots.get(item) ?? NONE }))
  }

  /** Counts slots in the order of the text: attributes before children. */
  #count(items: readonly Item[], from: number): number {
    let count = from
    for (const item of items) {
      if (item.kind === HOLE) this.slots.set(item, count++)
      if (item.kind !== ELEMENT) continue
      for (let at = 0; at < item.attrs.length; at += 2) {
        const [name = '', value = ''] = [item.attrs[at], item.attrs[at + 1]]
        const pieces = value.split(SLOT)
        // A clone has the attributes of what it is cloned from, but not its properties.
        if (pieces.length === 1 && !name.startsWith('.')) continue
        const filled = { ref: this.#ref(item), name, pieces, slot: count }
        this.filled.push(filled)
        for (let nth = 1; nth < pieces.length; nth += 1) this.parts[count++] = filled
      }
      count = this.#count(item.kids, count)
    }
    return count
  }

  #places(items: readonly Item[], parent: number, path: readonly number[]): void {
    let place = 0
    for (const [nth, item] of items.entries()) {
      const slot = this.slots.get(item)
      if (slot !== undefined) {
        const next = items[nth + 1]
        const behind = next && this.slots.get(next)
        this.places[slot] = { parent, ref: next && behind === undefined ? this.#ref(next) : NONE, slot: behind ?? NONE }
        continue
      }
      const here = [...path, place++]
      const around = parent === NONE || item.kids.some(({ kind }) => kind === HOLE) ? this.#ref(item) : 0
      this.#places(item.kids, around, here)
      const ref = this.refs.get(item)
      if (ref !== undefined) this.paths[ref] = here
    }
  }

  /** Has a node found again. */
  #ref(item: Item): number {
    const ref = this.refs.get(item) ?? this.refs.size
    this.refs.set(item, ref)
    return ref
  }

  /** The nodes of a clone that are found again. */
  find(copy: Node): (Node | null)[] {
    return this.paths.map((path) => {
      let node: Node | null = copy
      for (const place of path) {
        node = node?.firstChild ?? null
        for (let nth = 0; nth < place; nth += 1) node = node?.nextSibling ?? null
      }
      return node
    })
  }
}

/** What an attribute is with what is in its slots; none if it is not there. @internal */
export function valueOf({ pieces, slot }: Filled, kids: readonly Item[]): string | null {
  const [first = '', second, ...more] = pieces
  if (second === undefined) return first
  if (first === '' && second === '' && more.length === 0) return textOf(kids[slot])
  return pieces.reduce((whole, piece, nth) => whole + (textOf(kids[slot + nth - 1]) ?? '') + piece)
}
