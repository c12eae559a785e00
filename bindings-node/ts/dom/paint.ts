/** How a patch changes a page: only what is otherwise is touched. */

import { errorOf } from '../errors.js'
import { behindSlot, BOUND, each, ELEMENT, first, INSTANCE, type Item, remove, shown } from './item.js'
import type { Maker } from './make.js'
import { move, setText } from './move.js'
import type { Source } from './source.js'
import type { Table } from './table.js'
import { valueOf } from './template.js'

/** Steps of a patch, and parts of a list: as `core/src/vnode/patch.rs` has them. */
const [ENTER, LEAVE, SET_TEXT, SET_LEAF, REPLACE, SET, UNSET] = [0, 1, 2, 3, 4, 5, 6]
const [KEEP, DROP, INSERT] = [0, 1, 2]

/** A node around the place of the next step; none is the root. */
interface Level {
  readonly item: Item | null
  kids: Item[]
  /** How many children are behind. */
  at: number
}

/** @internal */
export class Painter {
  readonly #maker: Maker
  readonly #table: Table
  readonly #around: Element | null
  readonly #levels: Level[]

  /** `around` is what shows the roots; without it nothing is in a page yet. */
  constructor(maker: Maker, table: Table, roots: Item[], around: Element | null) {
    this.#maker = maker
    this.#table = table
    this.#around = around
    this.#levels = [{ item: null, kids: roots, at: 0 }]
  }

  /** Does what a patch says, but for properties, which wait for the maker's end; gives the roots that there are then. */
  paint(source: Source): Item[] {
    while (!source.isEmpty) {
      const [kind, number] = source.packed(3)
      this.#step(kind, number, source)
    }
    return this.#levels[0]?.kids ?? []
  }

  #step(kind: number, number: number, source: Source): void {
    const level = this.#levels.at(-1) as Level
    switch (kind) {
      case ENTER: {
        const item = level.kids[(level.at += number)] as Item
        this.#push(item)
        return
      }
      case LEAVE:
        this.#levels.length -= number
        ;(this.#levels.at(-1) as Level).at += 1
        return
      case SET_TEXT: {
        const at = (level.at += number)
        const text = source.text()
        this.#alter(() => { this.#setText(level.kids[at] as Item, text) })
        level.at += 1
        return
      }
      case SET_LEAF: {
        const item = level.kids[(level.at += number)] as Item
        this.#push(item)
        const text = source.text()
        this.#alter(() => { this.#setText(item.kids[0] as Item, text) })
        this.#levels.pop()
        level.at += 1
        return
      }
      case REPLACE: {
        const at = (level.at += number)
        const [item] = this.#table.items(source, 1) as [Item]
        this.#alter(() => { this.#replace(level, at, item) })
        level.at += 1
        return
      }
      case SET:
        this.#set(level.item as Item, this.#table.name(number), source.text())
        return
      case UNSET:
        this.#set(level.item as Item, this.#table.name(number), null)
        return
      default:
        this.#list(level, number, source)
    }
  }

  #push(item: Item): void {
    this.#levels.push({ item, kids: item.kids, at: 0 })
  }

  /** Changes a child of the last level, and what follows from that: which node a binding shows, and an attribute of which it is a part. */
  #alter(change: () => void): void {
    const depth = this.#levels.length - 1
    const { item, at } = this.#levels[depth] as Level
    if (item?.kind === BOUND && item.kids.length > 1 && at === 0) this.#choose(depth, item, change)
    else change()
    this.#refresh(depth)
  }

  /** What a binding tells is otherwise, and by that perhaps which node it shows. */
  #choose(depth: number, bound: Item, change: () => void): void {
    const parent = this.#where(depth - 1)
    const before = shown(bound)
    const old: Node[] = []
    each(bound, (node) => { old.push(node) })
    change()
    if (parent === null || shown(bound) === before) return
    this.#check(parent)
    const next = this.#behind(depth - 1)
    for (const node of old) node.parentNode?.removeChild(node)
    this.#maker.place(bound, parent, next)
  }

  #setText(item: Item, text: string): void {
    item.text = text
    if (item.dom === null) return
    this.#check(item.dom)
    setText(item.dom as Text, text)
  }

  #replace(level: Level, at: number, item: Item): void {
    const depth = this.#levels.length - 1
    const parent = this.#where(depth)
    if (parent !== null) {
      this.#check(parent)
      const next = this.#behind(depth)
      remove(level.kids[at] as Item)
      this.#maker.place(item, parent, next)
    }
    level.kids[at] = item
  }

  /** An attribute of which a slot is a part is otherwise. */
  #refresh(depth: number): void {
    let at = depth
    while (this.#levels[at]?.item?.kind === BOUND) at -= 1
    const level = this.#levels[at] as Level
    const { item } = level
    const filled = item?.template?.parts[level.at]
    const element = filled && item?.nodes?.[filled.ref]
    if (!element) return
    this.#check(element)
    this.#maker.set(element as Element, filled.name, valueOf(filled, level.kids))
  }

  #set(item: Item, name: string, value: string | null): void {
    if (item.dom !== null) {
      this.#check(item.dom)
      this.#maker.set(item.dom as Element, name, value)
      return
    }
    const names = item.attrs.findIndex((known, at) => at % 2 === 0 && known === name)
    if (names >= 0) item.attrs.splice(names, 2)
    if (value !== null) item.attrs.push(name, value)
  }

  /** Refuses to go on with a node that was taken out of the page, unless it is there for when a binding chooses it. */
  #check(node: Node): void {
    if (this.#around === null || this.#around.contains(node)) return
    const isHidden = this.#levels.some(({ item, at }) => item?.kind === BOUND && shown(item) !== item.kids[at])
    if (!isHidden) throw errorOf('Unexpected', 'the nodes that the view showed', 'others')
  }

  /** In which node of the page the children of a level are; none if they are not in the page. */
  #where(depth: number): Node | null {
    for (let at = depth; at >= 0; at -= 1) {
      const { item, at: child } = this.#levels[at] as Level
      if (item === null) return this.#around
      if (item.kind === ELEMENT) return item.dom
      if (item.kind === BOUND && shown(item) !== item.kids[child]) return null
      if (item.kind !== INSTANCE) continue
      const place = item.template?.places[child]
      if (place === undefined || item.nodes === null) return null
      if (place.parent >= 0) return item.nodes[place.parent] ?? null
    }
    return null
  }

  /** The first node of the page behind the child of a level that is there now. */
  #behind(depth: number): Node | null {
    for (let at = depth; at >= 0; at -= 1) {
      const { item, kids, at: child } = this.#levels[at] as Level
      if (item?.kind === INSTANCE) {
        const found = behindSlot(item, child)
        if (found !== undefined) return found
        continue
      }
      if (item?.kind === BOUND) continue
      for (let next = child + 1; next < kids.length; next += 1) {
        const node = first(kids[next] as Item)
        if (node !== null) return node
      }
      if (item === null || item.kind === ELEMENT) return null
    }
    return null
  }

  /** Other children, or in another order: from the last to the first, each in front of the one behind it. */
  #list(level: Level, front: number, source: Source): void {
    const depth = this.#levels.length - 1
    const old = level.kids
    const { kids, came, dropped } = this.#parts(old, front, source)
    const parent = this.#where(depth)
    level.kids = kids
    if (level.item !== null) level.item.kids = kids
    if (parent === null) return
    this.#check(parent)
    for (const item of dropped) remove(item)
    level.at = kids.length
    const end = this.#behind(depth)
    level.at = 0
    for (let at = kids.length - 1; at >= front; at -= 1) {
      const item = kids[at] as Item
      const how = came.get(item)
      if (how === undefined) continue
      let next = end
      for (let behind = at + 1; behind < kids.length; behind += 1) {
        const node = first(kids[behind] as Item)
        if (node === null) continue
        next = node
        break
      }
      if (how === 'new') this.#maker.place(item, parent, next)
      else each(item, (node) => { move(parent, node, next) })
    }
  }

  #parts(old: readonly Item[], front: number, source: Source): { kids: Item[]; came: Map<Item, 'new' | 'moved'>; dropped: Item[] } {
    const came = new Map<Item, 'new' | 'moved'>()
    const parts: [kind: number, count: number, items: Item[]][] = []
    let moved = front
    for (;;) {
      const [kind, count] = source.packed(2)
      if (kind === KEEP && count === 0) break
      let items: Item[] = []
      if (kind === INSERT) items = this.#table.items(source, count)
      else if (kind !== KEEP && kind !== DROP) {
        const distance = source.signed()
        const back = Math.abs(distance % 2) === 1
        const from = moved + Math.floor(distance / 2)
        for (let nth = 0; nth < count; nth += 1) items.push(old[back ? from - nth : from + nth] as Item)
        moved = back ? from + 1 - count : from + count
      }
      for (const item of items) came.set(item, kind === INSERT ? 'new' : 'moved')
      parts.push([kind, count, items])
    }
    const kids = old.slice(0, front)
    const dropped: Item[] = []
    const rest = old.slice(front).filter((item) => came.get(item) !== 'moved')
    let at = 0
    for (const [kind, count, items] of parts) {
      const stays = kind === KEEP || kind === DROP
      for (const item of stays ? rest.slice(at, at + count) : items) (kind === DROP ? dropped : kids).push(item)
      if (stays) at += count
    }
    for (const item of rest.slice(at)) kids.push(item)
    return { kids, came, dropped }
  }
}
