/** Elements by hand: what `h` gives, and what stands in it. */

import { invalid } from '../refusal.js'
import { Each, type Mark, Nth } from './each.js'
import { DEPTH, tooDeep } from './leaf.js'

/** The attributes of an element, its properties, whose names begin with a dot, and its key. */
export type Props = Readonly<Record<string, unknown>>

/** Children of an element are texts and nothing else. @internal */
export const LEAF = 0
/** Children of an element are told apart by their places. @internal */
export const PLAIN = 1
/** Some children of an element have keys. @internal */
export const KEYED = 2
/** An element has HTML as it is. @internal */
export const RAW = 3
/** An element has one string and nothing else. @internal */
export const ONE = 4

/** HTML as it is. */
export class Raw {
  /** The HTML. */
  readonly html: string

  /** @internal */
  constructor(html: string) {
    this.html = html
  }
}

/** Nodes beside each other with no element around. */
export class Fragment {
  /** The nodes. */
  readonly children: readonly unknown[]

  /** @internal */
  constructor(children: readonly unknown[]) {
    this.children = children
  }
}

/** An element with what is in it, as `h` gives it. */
export class Element {
  // Declared only, as in `Result`.
  /** Its name. */
  declare readonly tag: string
  /** @internal */
  declare readonly key: string | undefined
  /** @internal */
  declare readonly props: Props | undefined
  /** Its children; a string that is alone stands for itself, as of most elements. @internal */
  declare readonly children: string | readonly unknown[]
  /** What its children are. @internal */
  declare readonly form: number
  /** Whether a render has met it before, which means that someone keeps it. @internal */
  declare seen: boolean

  /** @internal */
  constructor(
    tag: string,
    key: string | undefined,
    props: Props | undefined,
    children: string | readonly unknown[],
    form: number,
  ) {
    this.tag = tag
    this.key = key
    this.props = props
    this.children = children
    this.form = form
    this.seen = false
  }
}

/**
 * An element by hand: `h('li', { key: 1, class: 'a' }, 'tea')`.
 *
 * Children are what slots between tags take; arrays among them stand for their items. An attribute is absent for null,
 * undefined and false, and empty for true; a property, as in `'.value'`, takes what JSON can hold. Of siblings, an
 * element is the same as one with its key before. The object of the attributes must not be changed afterwards:
 * attributes that are always the same belong in one object outside of the function, which is not looked into again.
 *
 * @throws {SynclineError} `InvalidArgument` for a name, attributes or a key that are none.
 */
export function h(tag: string, props?: Props | null, ...children: readonly unknown[]): Element
export function h(tag: string, props?: Props | null, first?: unknown): Element {
  if (typeof tag !== 'string') throw invalid('the name of an element', `a ${typeof tag}`)
  let key: string | undefined
  if (props === undefined || props === null) props = undefined
  else if (typeof props !== 'object') throw invalid('an object or null as attributes', `a ${typeof props}`)
  else key = keyIn(props)
  // Not a rest parameter: that would be an array more for each element, of which most have one child.
  const count = Math.max(arguments.length - 2, 0)
  if (count === 1) {
    if (typeof first === 'string') return new Element(tag, key, props, first, ONE)
    if (Array.isArray(first)) return spliced(tag, key, props, first)
  }
  const children = new Array<unknown>(count)
  for (let index = 0; index < count; index += 1) children[index] = arguments[index + 2]
  let form = LEAF
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index]
    if (typeof child === 'string') continue
    if (child instanceof Element) {
      if (child.key !== undefined) form = KEYED
      else if (form === LEAF) form = PLAIN
    } else if (Array.isArray(child)) {
      return spliced(tag, key, props, children)
    } else if (typeof child === 'object' && child !== null) {
      form = formWith(child, form, children)
    }
  }
  return new Element(tag, key, props, children, form)
}

function keyIn(props: Props): string | undefined {
  const key = props['key']
  if (typeof key === 'string' || key === undefined) return key
  if (typeof key === 'number') return String(key)
  if (key === null) return undefined
  throw invalid('text or a number as the key of an element', `a ${typeof key}`)
}

function formWith(child: object, form: number, children: readonly unknown[]): number {
  if (!(child instanceof Raw)) return form === LEAF ? PLAIN : form
  if (children.length > 1) throw invalid('raw HTML as all that its element has', `${children.length} children`)
  return RAW
}

function spliced(
  tag: string,
  key: string | undefined,
  props: Props | undefined,
  children: readonly unknown[],
): Element {
  const flat: unknown[] = []
  splice(children, flat)
  let form = LEAF
  for (let index = 0; index < flat.length; index += 1) {
    const child = flat[index]
    if (typeof child !== 'object' || child === null) continue
    if (!(child instanceof Element)) form = formWith(child, form, flat)
    else if (child.key !== undefined) form = KEYED
    else if (form === LEAF) form = PLAIN
  }
  return new Element(tag, key, props, flat, form)
}

function splice(children: readonly unknown[], flat: unknown[], depth = 0): void {
  if (depth > DEPTH) throw tooDeep()
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index]
    if (Array.isArray(child)) splice(child, flat, depth + 1)
    else flat.push(child)
  }
}

/** Nodes beside each other with no element around; arrays among them stand for their items. */
export function fragment(...children: readonly unknown[]): Fragment {
  const flat: unknown[] = []
  splice(children, flat)
  return new Fragment(flat)
}

/**
 * HTML as it is, as all that an element has: `h('div', null, raw(html))`.
 *
 * Nothing in it is looked at: whoever gives it answers for what it does in a browser.
 *
 * @throws {SynclineError} `InvalidArgument` for what is no string.
 */
export function raw(html: string): Raw {
  if (typeof html !== 'string') throw invalid('HTML as a string', `a ${typeof html}`)
  return new Raw(html)
}

/** The children of an element, each in its place. @internal */
export function childrenOf({ children }: Element): readonly unknown[] {
  return typeof children === 'string' ? [children] : children
}

/** Whether some of the nodes have keys. @internal */
export function areKeyed(nodes: readonly unknown[]): boolean {
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index]
    if (node instanceof Element && node.key !== undefined) return true
  }
  return false
}

const NTHS: Nth[] = []

/** What tells nodes apart: their keys, or which of those without a key they are. @internal */
export function marksOf(nodes: readonly unknown[]): Mark[] {
  const marks = new Array<Mark>(nodes.length)
  let others = 0
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index]
    const key = node instanceof Element ? node.key : undefined
    marks[index] = key ?? (NTHS[others] ??= new Nth())
    if (key === undefined) others += 1
  }
  return marks
}

/** Nodes that bring their keys, as a list. @internal */
export function listOf(nodes: readonly unknown[]): Each {
  const marks = marksOf(nodes)
  return new Each(nodes, (_, index) => marks[index] as Mark, itself)
}

function itself(node: unknown): unknown {
  return node
}
