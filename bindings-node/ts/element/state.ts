/** What is said of an element, and how what is said of it differs from before. */

import type { ElementShape } from './shape.js'

/** What an element is in its page. */
export interface ElementState {
  /** Whether any of it is within the root of the observer, which is the viewport by default. */
  readonly isIntersecting: boolean
  /** How much of it is, from 0 to 1, in steps. */
  readonly intersectionRatio: number
  /** Elements that are its children. */
  readonly childrenCount: number
  /** Elements that are children of these. */
  readonly grandChildrenCount: number
  /** Attributes by name, as far as they are asked for and fit. */
  readonly attributes: { readonly [name: string]: string }
  /** Its classes, in their order. */
  readonly classList: readonly string[]
  /** Whether it is in the document. Where it is not, the other members are what they are of nothing. */
  readonly exists: boolean
}

/** What of a state is another than before, as a merge patch: attributes that are gone are `null`. */
export type ElementPatch = Partial<Omit<ElementState, 'attributes'>> & {
  readonly attributes?: { readonly [name: string]: string | null }
}

/** How much of an element is said, however much its page puts there. */
export interface Bounds {
  /** Attributes; the first ones in their order count. */
  attributes: number
  /** Characters of the value of an attribute; what is longer is cut, and ends with `…`. */
  value_chars: number
  /** Characters of the names and values of all attributes together; those that do not fit are left out. */
  total_chars: number
  /** Classes; the first ones count. */
  classes: number
}

/** @internal */
export const BOUNDS: Bounds = { attributes: 64, value_chars: 1_024, total_chars: 4_096, classes: 128 }

/** What is known of where an element is. @internal */
export interface Crossing {
  readonly isIntersecting: boolean
  readonly intersectionRatio: number
}

/** What is said of an element that is not there. @internal */
export const NOTHING: ElementState = {
  isIntersecting: false, intersectionRatio: 0, childrenCount: 0, grandChildrenCount: 0, attributes: {}, classList: [], exists: false,
}

/** What of an element is to be said. @internal */
export interface Wanted {
  /** Names of attributes; `undefined` is all. */
  readonly names: readonly string[] | undefined
  readonly bounds: Bounds
  readonly steps: number
}

/** What an input holds that nobody else is to read, by its `autocomplete`. */
const SECRET = /\b(current-password|new-password|one-time-code|cc-(number|csc|exp|exp-month|exp-year))\b/i
/** Elements that were seen as secret: showing a password in the clear makes its input one of text. */
const secrets = new WeakSet<object>()

/** Whether what this element holds is never said. */
function isSecret(element: ElementShape): boolean {
  if (element.localName !== 'input' && element.localName !== 'textarea') return false
  if (secrets.has(element)) return true
  const secret =
    element.getAttribute('type')?.toLowerCase() === 'password' || SECRET.test(element.getAttribute('autocomplete') ?? '')
  if (secret) secrets.add(element)
  return secret
}

/** Whether an attribute is left out unless it is named: what people type, and what pages hide from scripts and strangers. */
function isPrivate(element: ElementShape, name: string): boolean {
  if (name === 'nonce' || name === 'srcdoc') return true
  return (name === 'value' && element.localName === 'input') || (name === 'content' && element.localName === 'meta')
}

/** The attributes that secrecy depends on. @internal */
export const SECRECY: readonly string[] = ['type', 'autocomplete']

function cut(text: string, most: number): string {
  return (text.length > most ? `${text.slice(0, most - 1)}…` : text).toWellFormed()
}

function given(element: ElementShape, names: readonly string[] | undefined): (readonly [string, string])[] {
  if (names === undefined) {
    return Array.from(element.attributes, ({ name, value }) => [name, value] as const).filter(([name]) => !isPrivate(element, name))
  }
  return names.flatMap((name) => {
    const value = element.getAttribute(name)
    return value === null ? [] : [[name, value] as const]
  })
}

function attributesOf(element: ElementShape, { names, bounds }: Wanted): { readonly [name: string]: string } {
  if (names?.length === 0) return {}
  const secret = isSecret(element)
  const kept = new Map<string, string>()
  let left = bounds.total_chars
  for (const [name, value] of given(element, names)) {
    if (kept.size === bounds.attributes) break
    if (secret && name.toLowerCase() === 'value') continue
    const short = cut(value, bounds.value_chars)
    if (name.length + short.length > left) continue
    left -= name.length + short.length
    kept.set(name.toWellFormed(), short)
  }
  // Not by assignment: a page may name an attribute __proto__.
  return Object.fromEntries(kept)
}

function classesOf(element: ElementShape, { bounds }: Wanted): string[] {
  return Array.from(element.classList).slice(0, bounds.classes).map((name) => cut(name, bounds.value_chars))
}

function grandChildrenOf(element: ElementShape): number {
  let count = 0
  for (let child = element.firstElementChild; child !== null; child = child.nextElementSibling) count += child.childElementCount
  return count
}

/** The ratio as the nearest step, so that a scroll by a pixel is none. */
function quantised(ratio: number, steps: number): number {
  return Math.round(Math.min(Math.max(ratio, 0), 1) * steps) / steps
}

/**
 * What an element is now, which asks nothing of the page's layout. What is as it was before is the same object.
 *
 * @internal
 */
export function stateOf(element: ElementShape | undefined, crossing: Crossing, wanted: Wanted, before: ElementState): ElementState {
  const now: ElementState =
    element === undefined || !element.isConnected
      ? NOTHING
      : {
          isIntersecting: crossing.isIntersecting,
          intersectionRatio: quantised(crossing.intersectionRatio, wanted.steps),
          childrenCount: element.childElementCount,
          grandChildrenCount: grandChildrenOf(element),
          attributes: attributesOf(element, wanted),
          classList: classesOf(element, wanted),
          exists: true,
        }
  const patch = patchOf(before, now)
  if (patch === undefined) return before
  const { attributes } = patch.attributes === undefined ? before : now
  return { ...now, attributes, classList: patch.classList ?? before.classList }
}

/** What makes one state of another, as a merge patch; nothing where they are the same. @internal */
export function patchOf(before: unknown, after: ElementState): ElementPatch | undefined {
  const known = isObject(before) ? before : {}
  const changed = Object.entries(after).filter(([name, value]) => name !== 'attributes' && !isSame(known[name], value))
  const attributes = attributesPatch(known['attributes'], after.attributes)
  if (attributes !== undefined) changed.push(['attributes', attributes])
  return changed.length > 0 ? Object.fromEntries(changed) : undefined
}

function attributesPatch(before: unknown, after: ElementState['attributes']): ElementPatch['attributes'] {
  if (!isObject(before)) return after
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name)).map((name) => [name, null] as const)
  const changed = Object.entries(after).filter(([name, value]) => !Object.hasOwn(before, name) || before[name] !== value)
  return gone.length + changed.length > 0 ? Object.fromEntries([...gone, ...changed]) : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other
  return one.length === other.length && one.every((item, index) => item === other[index])
}
