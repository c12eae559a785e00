/** Attributes of elements by hand: writes them, and what differs from those before. */

import { invalid } from '../refusal.js'
import type { Bytes } from './bytes.js'
import { SET, type Drafts, UNSET } from './drafts.js'
import { Element, type Props } from './element.js'
import { attribute, json, property } from './leaf.js'
import type { Attr, Names, Tag } from './names.js'
import { type Branch, Json } from './record.js'
import { Result } from './result.js'

/** Attributes of nothing. */
const NONE: Props = {}
/** Up to here, a count is one byte. */
const SMALL = 127
/** What the name of a property begins with. */
const DOT = 46

/** Attributes do not differ. @internal */
export const SAME = 0
/** Some have other values. */
const VALUES = 1
/** Others are there, or in another order. */
const OTHERS = 2

/** Writes attributes. @internal */
export class PropWriter {
  readonly #names: Names
  readonly #drafts: Drafts
  readonly #bytes: Bytes

  constructor(names: Names, drafts: Drafts) {
    this.#names = names
    this.#drafts = drafts
    this.#bytes = drafts.bytes
  }

  /** Writes all attributes of a new element. */
  write(record: Branch): void {
    const { key, props, tag } = record
    const bytes = this.#bytes
    if (props !== undefined && key === undefined) {
      const known = tag.written(props)
      if (known !== undefined) return bytes.raw(known)
    }
    const at = bytes.at
    bytes.byte(0)
    let count = 0
    if (key !== undefined) {
      bytes.byte(0)
      bytes.text(key, 1, 0)
      count = 1
    }
    if (props !== undefined) count += this.#all(record, props, tag)
    if (count > SMALL) bytes.widen(at, count)
    else bytes.buffer[at] = count
    if (props !== undefined && key === undefined && record.attrs === undefined) tag.keep(props, bytes, at)
  }

  #all(record: Branch, props: Props, tag: Tag): number {
    const bytes = this.#bytes
    let count = 0
    let place = 0
    check(props)
    for (const name in props) {
      if (name === 'key') continue
      const value = props[name]
      const attr = tag.attr(this.#names, name, place)
      place += 1
      if (typeof value === 'string' && attr.isPlain) {
        bytes.number(attr.number)
        bytes.text(value, 1, 0)
      } else {
        const text = this.#text(attr, this.#held(record, attr, value))
        if (text === undefined) continue
        bytes.number(attr.number)
        bytes.text(text, 1, 0)
      }
      count += 1
    }
    return count
  }

  /** The value of a property as it is now: one that may change within is kept. */
  #held(record: Branch, attr: Attr, value: unknown): unknown {
    if (!attr.isProperty) return value
    const held = property(value, attr)
    if (held !== value) record.attrs = this.#snapshot(record.props ?? NONE)
    return held
  }

  /** How the attributes of an element differ from those of its record. */
  compare(record: Branch, is: Props | undefined): number {
    if (record.props === is)
      return record.attrs === undefined || is === undefined || !isChanging(record.attrs) ? SAME : VALUES
    const attrs = (record.attrs ??= this.#snapshot(record.props ?? NONE))
    let difference = SAME
    let at = 0
    for (const name in is) {
      if (attrs[at] !== name) return OTHERS
      const value = (is as Props)[name]
      const old = attrs[at + 1]
      at += 2
      if (value === old || name === 'key') continue
      if (isAbsent(name, value) !== isAbsent(name, old)) return OTHERS
      difference = VALUES
    }
    return at === attrs.length ? difference : OTHERS
  }

  /** Writes what differs; gives what is to be kept. */
  change(record: Branch, is: Props | undefined, difference: number): unknown[] {
    const before = record.attrs ?? this.#snapshot(record.props ?? NONE)
    const after = this.#snapshot(is ?? NONE)
    if (difference === VALUES) this.#change(before, after)
    else this.#anew(before, after)
    return after
  }

  /** Other values of the same attributes. */
  #change(before: readonly unknown[], after: readonly unknown[]): void {
    for (let at = 0; at < after.length; at += 2) {
      const value = after[at + 1]
      if (value === before[at + 1] || after[at] === 'key') continue
      const attr = this.#names.attr(after[at] as string)
      const text = this.#text(attr, value)
      if (text !== undefined && text !== this.#text(attr, before[at + 1])) this.#set(attr, text)
    }
  }

  /** Other attributes than before: those that are new come last, so that those behind them have to follow. */
  #anew(before: readonly unknown[], after: readonly unknown[]): void {
    const [old, now] = [this.#texts(before), this.#texts(after)]
    const stays = [...old.keys()].filter((attr) => now.has(attr))
    const order = [...now.keys()]
    let front = 0
    while (front < stays.length && stays[front] === order[front]) front += 1
    const kept = new Set(stays.slice(0, front))
    for (const attr of old.keys()) if (!kept.has(attr)) this.#drafts.attribute(UNSET, attr.number)
    for (const [attr, text] of now) if (!kept.has(attr) || old.get(attr) !== text) this.#set(attr, text)
  }

  #texts(attrs: readonly unknown[]): Map<Attr, string> {
    const texts = new Map<Attr, string>()
    for (let at = 0; at < attrs.length; at += 2) {
      if (attrs[at] === 'key') continue
      const attr = this.#names.attr(attrs[at] as string)
      const text = this.#text(attr, attrs[at + 1])
      if (text !== undefined) texts.set(attr, text)
    }
    return texts
  }

  /** Names and values in turn, as they are now. */
  #snapshot(props: Props): unknown[] {
    check(props)
    const attrs: unknown[] = []
    for (const name in props) {
      const value = props[name]
      attrs.push(name, name.charCodeAt(0) === DOT ? property(value, this.#names.attr(name)) : value)
    }
    return attrs
  }

  #set(attr: Attr, text: string): void {
    this.#drafts.attribute(SET, attr.number)
    this.#bytes.text(text, 1, 0)
  }

  #text(attr: Attr, value: unknown): string | undefined {
    const text = attr.isProperty ? json(value) : attribute(value, attr)
    return text === undefined ? undefined : this.#names.safe(attr, text)
  }
}

function isChanging(attrs: readonly unknown[]): boolean {
  return attrs.some((it) => it instanceof Json)
}

/** Whether an attribute of this name is not there with this value. */
function isAbsent(name: string, value: unknown): boolean {
  if (value === undefined) return true
  return (value === null || value === false) && name.charCodeAt(0) !== DOT
}

/** Refuses children in the place of attributes. */
function check(props: Props): void {
  if (Array.isArray(props)) throw invalid('an object or null as attributes', 'an array')
  if (props instanceof Element || props instanceof Result) throw invalid('an object or null as attributes', 'a node')
}
