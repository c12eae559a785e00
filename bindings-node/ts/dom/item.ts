/** The nodes of a view's tree as a page holds them, each with what of the page shows it. */

import type { Template } from './template.js'

/** @internal */
export const TEXT = 0
/** Nothing: a comment stands for it. @internal */
export const HOLE = 1
/** @internal */
export const ELEMENT = 2
/** HTML as it is. @internal */
export const RAW = 3
/** @internal */
export const FRAGMENT = 4
/** What a binding tells, and the nodes that it chooses from. @internal */
export const BOUND = 5
/** A template with what is in its slots. @internal */
export const INSTANCE = 6

const NONE: readonly Node[] = []

/**
 * A node of a tree.
 *
 * What shows it is made when that is first needed: what a binding might choose is not in the page until it does.
 *
 * @internal
 */
export class Item {
  readonly kind: number
  /** The text, the HTML, or the name of the element. */
  text: string
  /** Those of an element, a fragment or a binding; what is in the slots of an instance. */
  kids: Item[]
  /** Names and values, one after the other, as long as there is no element. */
  attrs: string[]
  readonly template: Template | null
  /** What tells it from its siblings, if anything does. */
  readonly key: string | null
  /** The text, the comment or the element that shows it; of a binding the comment for nothing. */
  dom: Node | null = null
  /** The nodes of raw HTML; of an instance those of its template that it needs to find again. */
  nodes: readonly (Node | null)[] | null = null

  constructor(kind: number, text: string, kids: Item[] = [], attrs: string[] = [], key: string | null = null, template: Template | null = null) {
    this.kind = kind
    this.text = text
    this.kids = kids
    this.attrs = attrs
    this.key = key
    this.template = template
  }
}

/** What a binding shows: what it tells, or the node that it chooses, if any. @internal */
export function shown(bound: Item): Item | undefined {
  const { kids } = bound
  const told = kids[0]
  if (kids.length <= 1 || told === undefined) return told
  return told.kind === TEXT ? kids[1 + Number(told.text)] : undefined
}

/** The text that an item is in an attribute; none if there is no attribute. @internal */
export function textOf(item: Item | undefined): string | null {
  const told = item?.kind === BOUND ? shown(item) : item
  if (told?.kind === BOUND) return textOf(told)
  return told?.kind === TEXT ? told.text : null
}

/** The first node in the page that shows an item, if any does. @internal */
export function first(item: Item): Node | null {
  switch (item.kind) {
    case FRAGMENT:
      return firstOf(item.kids)
    case BOUND: {
      const told = shown(item)
      return told === undefined ? item.dom : first(told)
    }
    case RAW:
      return item.nodes?.[0] ?? null
    case INSTANCE: {
      for (const { ref, slot } of item.template?.roots ?? []) {
        const kid = item.kids[slot]
        const node = kid === undefined ? item.nodes?.[ref] : first(kid)
        if (node) return node
      }
      return null
    }
    default:
      return item.dom
  }
}

function firstOf(items: readonly Item[]): Node | null {
  for (const item of items) {
    const node = first(item)
    if (node !== null) return node
  }
  return null
}

/** The first node behind a slot in its element; nothing said if that is behind the instance. @internal */
export function behindSlot(instance: Item, slot: number): Node | null | undefined {
  for (let at = slot; ; ) {
    const place = instance.template?.places[at]
    if (place === undefined) return null
    if (place.ref >= 0) return instance.nodes?.[place.ref] ?? null
    if (place.slot < 0) return place.parent < 0 ? undefined : null
    const node = first(instance.kids[place.slot] as Item)
    if (node !== null) return node
    at = place.slot
  }
}

/** Calls with each node in the page that shows an item, in order; not with those within others. @internal */
export function each(item: Item, visit: (node: Node) => void): void {
  switch (item.kind) {
    case FRAGMENT:
      for (const kid of item.kids) each(kid, visit)
      return
    case BOUND: {
      const told = shown(item)
      if (told !== undefined) each(told, visit)
      else if (item.dom !== null) visit(item.dom)
      return
    }
    case RAW:
      for (const node of item.nodes ?? NONE) if (node !== null) visit(node)
      return
    case INSTANCE:
      for (const { ref, slot } of item.template?.roots ?? []) {
        const [node, kid] = [item.nodes?.[ref], item.kids[slot]]
        if (kid !== undefined) each(kid, visit)
        else if (node) visit(node)
      }
      return
    default:
      if (item.dom !== null) visit(item.dom)
  }
}

/** Takes what shows an item out of the page. @internal */
export function remove(item: Item): void {
  each(item, (node) => { node.parentNode?.removeChild(node) })
}
